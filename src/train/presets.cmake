# Writes presets.c with every presets/NAME.yaml as a string.
file(GLOB presets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/presets/*.yaml)
list(TRANSFORM presets REPLACE "\\.yaml$" "") # sorted by name: '-' comes before '.'
list(SORT presets)
set(rows "")
foreach(preset ${presets})
  get_filename_component(name ${preset} NAME)
  string(APPEND preset .yaml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${preset})
  file(READ ${preset} text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
  string(APPEND rows "    {\"${name}\",\n     \"${text}\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/presets.c CONTENT
"/* presets.c - made from presets/ by src/train/presets.cmake. */
#include \"train/presets.h\"

#include <stddef.h>

const dpdm_preset dpdm_presets[] = {
${rows}    {NULL, NULL},
};
" @ONLY)
