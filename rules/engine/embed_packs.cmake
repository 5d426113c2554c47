# Writes OUT: every file that LIST (one "path" a line, below ROOT) names, as one C table that
# engine/packs.h declares. Runs at build time, so that editing a rule rebuilds.
file(STRINGS "${LIST}" paths)
set(bytes_all "")
set(rows "")
set(count 0)
foreach(path IN LISTS paths)
  file(READ "${ROOT}/${path}" hex HEX)
  string(LENGTH "${hex}" len)
  math(EXPR len "${len} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
         "\\1\n" bytes "${bytes}")
  string(APPEND bytes_all "static const unsigned char file_${count}[] = {${bytes}0};\n")
  string(REPLACE "../" "" path "${path}") # ../profiles/x.yaml is named profiles/x.yaml
  string(APPEND rows "    {\"${path}\", file_${count}, ${len}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUT}" "#include \"packs.h\"

${bytes_all}
const struct packed_file packed_files[] = {
${rows}    {0, 0, 0}};
const size_t packed_files_n = ${count};
")
