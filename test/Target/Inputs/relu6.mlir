func.func @relu6(%x: tensor<2x8xf32> {hswish.name = "x"}) -> (tensor<2x8xf32> {hswish.name = "y"}) {
  %0 = hswish.relu6 %x : tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
