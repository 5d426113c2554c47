# graphaudit_layer(<name> SRC ... [USES layers] [LIBS libraries])
# One static library a layer. include/ is exported; everything else stays private to the folder.
function(graphaudit_layer name)
  cmake_parse_arguments(L "" "" "SRC;USES;LIBS" ${ARGN})
  add_library(${name} STATIC ${L_SRC})
  target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include
                                     PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${L_USES} PRIVATE graphaudit_flags ${L_LIBS})
endfunction()
