# Embeds every starts/NAME.safetensors, as read-only bytes, and writes the table of them.
file(GLOB starts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/starts/*.safetensors)
list(SORT starts)
set(bytes "")
set(symbols "")
set(rows "")
foreach(start ${starts})
  get_filename_component(name ${start} NAME_WE)
  string(MAKE_C_IDENTIFIER "dpdm_start_${name}" symbol)
  string(APPEND bytes "    .globl ${symbol}, ${symbol}_end\n    .hidden ${symbol}, ${symbol}_end\n    .balign 16\n"
                      "${symbol}:\n    .incbin \"${start}\"\n${symbol}_end:\n")
  string(APPEND symbols "extern const unsigned char ${symbol}[], ${symbol}_end[];\n")
  string(APPEND rows "    {\"${name}\", ${symbol}, ${symbol}_end},\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/start_bytes.S CONTENT
"    .section .rodata
${bytes}    .section .note.GNU-stack,\"\",%progbits
" @ONLY)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/starts.c CONTENT
"/* starts.c - made from starts/ by src/train/starts.cmake. */
#include \"train/starts.h\"

#include <stddef.h>

${symbols}
const dpdm_shipped_start dpdm_shipped_starts[] = {
${rows}    {NULL, NULL, NULL},
};
" @ONLY)
set_source_files_properties(${PROJECT_BINARY_DIR}/generated/start_bytes.S PROPERTIES OBJECT_DEPENDS "${starts}")
target_sources(dpdm_objects PRIVATE ${PROJECT_BINARY_DIR}/generated/start_bytes.S ${PROJECT_BINARY_DIR}/generated/starts.c)
