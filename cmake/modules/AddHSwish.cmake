# Helpers shared by all CMake lists of the project.

# One precompiled header for every library: MLIR's headers cost 5 s a file
# without it, 1 s with it.
function(hswish_use_pch target)
  if(NOT TARGET HSwishPCH)
    file(WRITE ${PROJECT_BINARY_DIR}/pch.cpp "")
    add_library(HSwishPCH OBJECT ${PROJECT_BINARY_DIR}/pch.cpp)
    target_precompile_headers(HSwishPCH PRIVATE
      <mlir/Dialect/Arith/IR/Arith.h>
      <mlir/Dialect/Func/IR/FuncOps.h>
      <mlir/Dialect/Linalg/IR/Linalg.h>
      <mlir/Dialect/MemRef/IR/MemRef.h>
      <mlir/Dialect/SCF/IR/SCF.h>
      <mlir/Dialect/Tensor/IR/Tensor.h>
      <mlir/Dialect/Vector/IR/VectorOps.h>
      <mlir/IR/BuiltinOps.h>
      <mlir/IR/PatternMatch.h>
      <mlir/Pass/Pass.h>)
    llvm_update_compile_flags(HSwishPCH)
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
      # ccache compares the header's contents.
      target_compile_options(HSwishPCH PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM HSwishPCH)
endfunction()

# add_hswish_library(HSwishFoo a.cpp b.cpp DEPENDS … LINK_LIBS … MLIR_LIBS …)
# LINK_LIBS are our own libraries; MLIR_LIBS go through the one call that
# honours libMLIR.so (an archive linked by mistake puts a second MLIR into the
# process).
function(add_hswish_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_mlir_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS}
    EXCLUDE_FROM_LIBMLIR DISABLE_INSTALL
    DEPENDS HSwishTableGen ${ARG_DEPENDS}
    LINK_LIBS PUBLIC ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PUBLIC MLIRIR ${ARG_MLIR_LIBS})
  hswish_use_pch(${name})
  set_property(GLOBAL APPEND PROPERTY HSWISH_LIBS ${name})
endfunction()

# add_hswish_tool(hswish-foo foo.cpp LINK_LIBS … MLIR_LIBS …)
function(add_hswish_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS;MLIR_LIBS" ${ARGN})
  add_llvm_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  llvm_update_compile_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PRIVATE MLIRIR ${ARG_MLIR_LIBS})
  set_property(GLOBAL APPEND PROPERTY HSWISH_TOOLS ${name})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()
