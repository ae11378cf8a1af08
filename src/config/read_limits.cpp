/// What ends a run by itself: too many failures, a spent budget.
#include "readers.hpp"
#include "scalars.hpp"
#include "tranche/base/text.hpp"

namespace tranche::config {
namespace {

const char* const example = "limits: {fail_rate: 50% after 200, consecutive: 100}";
constexpr std::string_view joint = " after ";

void read_fail_rate(const YamlNode& node, Reading& reading) {
  auto& limits = reading.spec.limits;
  const auto refuse = [&](std::size_t offset, std::string what) {
    reading.findings.add_inside(node, offset, {std::move(what), "", "fail_rate: 50% after 200"});
  };
  if (!node.is_scalar()) return refuse(0, "`fail_rate` is a share, and after how many samples it counts");
  const auto split = node.text.find(joint);
  const auto share_text = node.text.substr(0, split);
  const auto share = parse_number(share_text);
  if (!share) return refuse(0, "`fail_rate`: " + ticked(share_text) + " is not a share");
  if (*share <= 0 || *share > 1) return refuse(0, "`fail_rate` is a share above 0 and up to 100 %");
  limits.fail_rate = share;
  if (split == std::string::npos) return;
  const auto count_text = node.text.substr(split + joint.size());
  const auto count = parse_count(count_text);
  if (!count) return refuse(split + joint.size(), "`fail_rate`: " + ticked(count_text) + " is not a count");
  limits.after = *count;
}

}  // namespace

void read_limits(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`limits`", example, reading.findings)) return;
  MapReader keys{*node, "`limits`", reading.findings};
  if (const auto* rate = keys.find("fail_rate")) read_fail_rate(*rate, reading);
  if (const auto* row = keys.find("consecutive"))
    reading.spec.limits.consecutive =
        read_count(*row, "`consecutive`", {1, std::uint64_t{1} << 40}, reading.findings);
  keys.finish();
}

void read_budget(const YamlNode* node, Reading& reading) {
  if (node == nullptr || !expect_map(*node, "`budget`", "budget: {core_hours: 2000}", reading.findings))
    return;
  MapReader keys{*node, "`budget`", reading.findings};
  if (const auto* hours = keys.require("core_hours", "budget: {core_hours: 2000}")) {
    const auto value = read_number(*hours, "`core_hours`", reading.findings);
    if (value && *value <= 0)
      reading.findings.add(*hours, {"`core_hours` must be above 0", "", "remove `budget` if there is none"});
    else
      reading.spec.budget.core_hours = value;
  }
  keys.finish();
}

}  // namespace tranche::config
