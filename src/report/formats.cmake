# podreach_list_formats(OUT file...): writes OUT, which lists the report formats of the files
# DOCUMENT/NAME.cc. Each has a Make() in the namespace DOCUMENT_formats::NAME.
function(podreach_list_formats out)
  set(FORMAT_DECLARATIONS "")
  set(FORMAT_LISTS "")
  foreach(document Expect Diff Intents Explain Scan)
    string(TOLOWER ${document} folder)
    set(calls "")
    foreach(source IN LISTS ARGN)
      get_filename_component(parent ${source} DIRECTORY)
      get_filename_component(parent ${parent} NAME)
      get_filename_component(name ${source} NAME_WE)
      if(parent STREQUAL folder)
        string(APPEND FORMAT_DECLARATIONS
          "namespace ${folder}_formats::${name} {\n${document}Format Make();\n}\n")
        string(APPEND calls "      ${folder}_formats::${name}::Make(),\n")
      endif()
    endforeach()
    string(APPEND FORMAT_LISTS
      "const std::vector<${document}Format>& ${document}Formats() {\n"
      "  static const std::vector<${document}Format> kAll = {\n${calls}  };\n"
      "  return kAll;\n}\n")
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/src/report/formats.cc.in ${out} @ONLY)
endfunction()

file(GLOB PODREACH_FORMATS CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/src/report/expect/*.cc ${PROJECT_SOURCE_DIR}/src/report/diff/*.cc
  ${PROJECT_SOURCE_DIR}/src/report/intents/*.cc ${PROJECT_SOURCE_DIR}/src/report/explain/*.cc
  ${PROJECT_SOURCE_DIR}/src/report/scan/*.cc)
podreach_list_formats(${CMAKE_CURRENT_BINARY_DIR}/formats.cc ${PODREACH_FORMATS})
target_sources(podreach_report PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/formats.cc)
set(PODREACH_FORMATS ${PODREACH_FORMATS} PARENT_SCOPE)
