# Machines that are refused. Run alone (cmake -DCMAKE_SIZEOF_VOID_P=4 -P cmake/machine.cmake) by a test.
if(CMAKE_SIZEOF_VOID_P LESS 8)
  message(FATAL_ERROR "dpdm needs a 64-bit machine: data sets, sums over them and the offsets of files are counted in size_t, \
and the exact samplers multiply 64-bit words. On a 64-bit machine with a 32-bit system or -m32: build for 64 bits.")
endif()

# gcc 12 for 64-bit ARM fails on loops that keep the larger of two numbers with fmax (internal compiler error in
# vect_transform_reduction). dpdm_vectorise_not(TARGET FILE): this file of the target is compiled without the vectoriser there.
function(dpdm_vectorise_not target file)
  if(CMAKE_C_COMPILER_ID STREQUAL GNU AND CMAKE_C_COMPILER_VERSION VERSION_LESS 13 AND CMAKE_SYSTEM_PROCESSOR STREQUAL aarch64)
    set_property(SOURCE ${file} TARGET_DIRECTORY ${target} APPEND PROPERTY COMPILE_OPTIONS -fno-tree-vectorize)
  endif()
endfunction()
