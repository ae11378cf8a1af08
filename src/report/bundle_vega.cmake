# cmake -DOUTPUT=<file.cpp> -DVEGA=<folder> -DLICENCE=<file> -DSOURCE=<this folder> -P bundle_vega.cmake
# Debian has Vega as modules, which expect a loader. One script is made of those that a plot without maps needs,
# with the loader around them, and embedded as C++ string literals together with the page's style and script.
set(parts util canvas time format loader statistics expression event-selector scale dataflow scenegraph selection
  functions runtime parser view transforms view-transforms encode)
set(bundle "var vega = (function () {
var parts = {}, made = {};
function need(name) {
  if (!(name in made)) { made[name] = {}; parts[name](made[name], {}, need); }
  return made[name];
}
")
foreach(part IN LISTS parts)
  set(name "vega-${part}")
  if(part STREQUAL "selection")
    set(name "vega-selections")
  endif()
  file(READ "${VEGA}/vega-${part}.min.js" text)
  string(REGEX REPLACE "\n?//# sourceMappingURL=[^\n]*\n?$" "" text "${text}")
  string(APPEND bundle "parts['${name}'] = function (exports, module, require) {\n${text}\n};\n")
endforeach()
string(APPEND bundle "Object.assign(need('vega-dataflow').transforms, need('vega-transforms'), need('vega-view-transforms'),
  need('vega-encode'));
return {parse: need('vega-parser').parse, View: need('vega-view').View, Warn: need('vega-util').Warn};
})();
")

set(source "// Made by bundle_vega.cmake.\n#include \"embedded.hpp\"\n\nnamespace tranche::report::embedded {\n\n")
file(READ "${LICENCE}" licence)
file(READ "${SOURCE}/page.css" style)
file(READ "${SOURCE}/draw.js" draw)
string(APPEND source "const std::string_view vega = R\"tranche-text(${bundle})tranche-text\";\n\n")
string(APPEND source "const std::string_view vega_licence = R\"tranche-text(${licence})tranche-text\";\n\n")
string(APPEND source "const std::string_view style = R\"tranche-text(${style})tranche-text\";\n\n")
string(APPEND source "const std::string_view draw = R\"tranche-text(${draw})tranche-text\";\n\n")
string(APPEND source "}  // namespace tranche::report::embedded\n")
file(WRITE "${OUTPUT}" "${source}")
