# Installs the libraries, the headers and a CMake package, so that another
# compiler can say
#
#   find_package(HSwish REQUIRED CONFIG)
#   target_link_libraries(mine PRIVATE HSwish::Transforms)
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hswish)
get_property(libraries GLOBAL PROPERTY HSWISH_LIBS)
foreach(library ${libraries})
  string(REGEX REPLACE "^HSwish" "" short ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${short})
  add_library(HSwish::${short} ALIAS ${library})
  target_include_directories(${library} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
install(TARGETS ${libraries} EXPORT HSwishTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT HSwishTargets NAMESPACE HSwish:: DESTINATION ${package_dir}
  COMPONENT development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/HSwishConfig.cmake.in
  ${PROJECT_BINARY_DIR}/HSwishConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/HSwishConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/HSwishConfig.cmake
  ${PROJECT_BINARY_DIR}/HSwishConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(DIRECTORY
  ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_BINARY_DIR}/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN "*.td" PATTERN "*.inc")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)
