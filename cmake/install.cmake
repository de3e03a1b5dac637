# What `make install` puts where: program, libraries, headers, pkg-config and CMake files, manual, completions, recipes,
# licence. Everything finds its neighbours by relative paths, so the prefix may be chosen at install time.
include(CMakePackageConfigHelpers)

# The manual and the completions are printed by the program itself.
set(pages ${PROJECT_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${pages}/dpdm.1 ${pages}/dpdm.bash ${pages}/_dpdm
  COMMAND dpdm help --man > ${pages}/dpdm.1
  COMMAND dpdm completion bash > ${pages}/dpdm.bash
  COMMAND dpdm completion zsh > ${pages}/_dpdm
  DEPENDS dpdm
  COMMENT "Printing the manual and the completions"
  VERBATIM)
add_custom_target(dpdm_pages ALL DEPENDS ${pages}/dpdm.1 ${pages}/dpdm.bash ${pages}/_dpdm)

# What a static link needs beside libdpdm.a.
set(names ${SODIUM_LIBRARIES} ${SQLITE_LIBRARIES} ${YAML_LIBRARIES} ${CJSON_LIBRARIES} ${SPNG_LIBRARIES}
  ${LIBZIP_LIBRARIES} ${ZLIB_LIBRARIES} ${LZMA_LIBRARIES} pthread m)
set(DPDM_PRIVATE_LIBS "")
foreach(name ${names})
  get_filename_component(folder ${name} DIRECTORY)
  if(folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
    get_filename_component(name ${name} NAME_WE)
    string(REGEX REPLACE "^lib" "" name ${name})
  endif()
  if(IS_ABSOLUTE ${name})
    string(APPEND DPDM_PRIVATE_LIBS "${name} ")
  else()
    string(APPEND DPDM_PRIVATE_LIBS "-l${name} ")
  endif()
endforeach()
string(STRIP "${DPDM_PRIVATE_LIBS}" DPDM_PRIVATE_LIBS)
string(REPLACE " " ";" DPDM_STATIC_LIBS "${DPDM_PRIVATE_LIBS}")

file(RELATIVE_PATH DPDM_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" DPDM_PC_UP ${DPDM_PC_UP})
configure_file(cmake/dpdm.pc.in ${pages}/dpdm.pc @ONLY)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/dpdm)
configure_package_config_file(cmake/dpdmConfig.cmake.in ${pages}/dpdmConfig.cmake INSTALL_DESTINATION ${package}
  PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${pages}/dpdmConfigVersion.cmake COMPATIBILITY SameMinorVersion)

set_target_properties(dpdm_shared PROPERTIES EXPORT_NAME dpdm)
target_include_directories(dpdm_shared INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS dpdm dpdm_static)
install(TARGETS dpdm_shared EXPORT dpdmTargets)
install(EXPORT dpdmTargets NAMESPACE dpdm:: DESTINATION ${package})
install(FILES ${pages}/dpdmConfig.cmake ${pages}/dpdmConfigVersion.cmake DESTINATION ${package})
install(FILES ${pages}/dpdm.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY include/dpdm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${pages}/dpdm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${pages}/dpdm.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME dpdm)
install(FILES ${pages}/_dpdm DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(DIRECTORY presets DESTINATION ${CMAKE_INSTALL_DATADIR}/dpdm FILES_MATCHING PATTERN "*.yaml")
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The wheel (pyproject.toml) holds the library beside the Python files.
install(FILES $<TARGET_FILE:dpdm_shared> DESTINATION . RENAME libdpdm.so COMPONENT python EXCLUDE_FROM_ALL)
