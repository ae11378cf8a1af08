# cmake -DOUTPUT=<file.cpp> -DNAMES=<a|b> -DFILES=<path|path> -P embed_text.cmake
# Text files as C++ string literals, so that `tranche init` needs no data files.
string(REPLACE "|" ";" names "${NAMES}")
string(REPLACE "|" ";" files "${FILES}")
set(source "// Made by embed_text.cmake.\n#include \"templates.hpp\"\n\nnamespace tranche::cli::templates {\n\n")
foreach(name file IN ZIP_LISTS names files)
  file(READ "${file}" text)
  string(APPEND source "extern const std::string_view ${name} = R\"tranche-text(${text})tranche-text\";\n\n")
endforeach()
string(APPEND source "}  // namespace tranche::cli::templates\n")
file(WRITE "${OUTPUT}" "${source}")
