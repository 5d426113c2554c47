# graphaudit_embed(<target> <symbol> <file>): makes the bytes of a file a C constant,
#   const char <symbol>[]; const size_t <symbol>_len;   (a NUL follows the bytes, not counted)
# declared by whoever uses them. Runs at build time, so that editing the file rebuilds.
function(graphaudit_embed target symbol file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DFILE=${file} -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/embed_file.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
