#include "support/temporary_folder.hpp"
#include "targets.hpp"
#include "tranche/config/campaign_file.hpp"

namespace tranche::fuzz {
namespace {

constexpr const char* campaign_text = R"(tranche: 1
name: listed
parameters:
  x: {range: [-1, 1e3]}
  n: {integer: [-3, 7]}
  mode: {values: [fast, slow]}
design: {method: list, points: points.csv}
simulator: {plugin: libx.so}
)";

}  // namespace

void list(Bytes bytes) {
  static const test::TemporaryFolder folder;
  folder.write("points.csv", text_of(bytes));
  try {
    const auto spec = config::parse_campaign({campaign_text, "campaign.yaml", folder.path()});
    const auto& values = spec.design.list_values;
    must(spec.design.points >= 1 && values.size() == 3 * spec.design.points, "a list has a row a point");
    for (std::size_t at = 0; at < values.size(); at += 3) {
      must(values[at] >= -1 && values[at] <= 1e3, "x lies in its range");
      must(values[at + 1] >= -3 && values[at + 1] <= 7, "n lies in its range");
      must(values[at + 2] == 0 || values[at + 2] == 1, "mode is a level");
    }
  } catch (const ConfigError& error) {
    must(!error.problems().empty(), "a refusal names a problem");
    must(error.problems().size() <= 100, "a list's problems are bounded");
    (void)config::render(error.problems(), config::SourceText{"campaign.yaml", campaign_text},
                         config::Color::off);
  }
}

}  // namespace tranche::fuzz
