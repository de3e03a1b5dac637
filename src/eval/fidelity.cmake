# How near synthetic sets lie to real ones.
target_sources(dpdm_objects PRIVATE cholesky.c features.c fidelity_measure.c fidelity_options.c fidelity_rows.c frechet.c
  inception.c kid.c neighbours.c private_accuracy.c products.c resize.c singular.c)

# The inner kernel of products: one source, compiled once for each instruction set and chosen at run time.
target_sources(dpdm_objects PRIVATE cpu/products_generic.c)
set(products_flags -ffp-contract=fast -O3)
set_source_files_properties(cpu/products_generic.c TARGET_DIRECTORY dpdm_objects PROPERTIES COMPILE_OPTIONS "${products_flags}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  target_sources(dpdm_objects PRIVATE cpu/products_avx2.c cpu/products_avx512.c)
  set_source_files_properties(cpu/products_avx2.c TARGET_DIRECTORY dpdm_objects PROPERTIES
    COMPILE_OPTIONS "${products_flags};-mavx2;-mfma")
  set_source_files_properties(cpu/products_avx512.c TARGET_DIRECTORY dpdm_objects PROPERTIES
    COMPILE_OPTIONS "${products_flags};-mavx2;-mfma;-mavx512f;-mavx512dq;-mprefer-vector-width=512")
endif()
