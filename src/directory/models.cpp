#include "tranche/directory/models.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

#include "json.hpp"

namespace tranche::directory {
namespace {

constexpr std::size_t most_letters = 64;
constexpr std::size_t trial_digits = 4;

/// Numbers inside names count as numbers.
bool comes_before(const std::string& left, const std::string& right) {
  const auto digits_from = [](const std::string& text) {
    const auto last = text.find_last_not_of("0123456789");
    return last == std::string::npos ? 0 : last + 1;
  };
  const auto a = digits_from(left);
  const auto b = digits_from(right);
  if (left.substr(0, a) != right.substr(0, b)) return left < right;
  if (left.size() - a != right.size() - b) return left.size() - a < right.size() - b;
  return left < right;
}

std::optional<campaign::ModelFacts> facts_of(const ModelPaths& paths) {
  const auto text = read_file(paths.choice());
  std::error_code unreadable;  // a folder that is closed to us holds no model of ours
  if (!text || !std::filesystem::exists(paths.surrogate(), unreadable)) return std::nullopt;
  const auto document = parse_json(*text);
  if (!document.is_object()) return std::nullopt;
  const auto number = [&](const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_number() ? found->get<double>()
                                                         : std::numeric_limits<double>::quiet_NaN();
  };
  return campaign::ModelFacts{paths.name(), number("r2"), number("median"), number("roughness"),
                              number("chosen_at")};
}

}  // namespace

std::filesystem::path ModelPaths::trial(std::uint64_t number) const {
  auto digits = std::to_string(number);
  if (digits.size() < trial_digits) digits.insert(0, trial_digits - digits.size(), '0');
  return folder_ / "trials" / digits;
}

bool is_model_name(const std::string& name) noexcept {
  const auto good = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  return !name.empty() && name.size() <= most_letters && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, good);
}

std::vector<std::string> model_names(const CampaignPaths& campaign) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{campaign.models(), error}) {
    auto name = entry.path().filename().string();
    std::error_code unreadable;
    if (is_model_name(name) && std::filesystem::exists(ModelPaths{campaign, name}.settings(), unreadable))
      names.push_back(std::move(name));
  }
  std::ranges::sort(names, comes_before);
  return names;
}

std::string free_model_name(const CampaignPaths& campaign) {
  for (std::uint64_t number = 1;; ++number) {
    auto name = "m" + std::to_string(number);
    if (!std::filesystem::exists(campaign.models() / name)) return name;
  }
}

std::optional<campaign::ModelFacts> newest_model(const CampaignPaths& campaign) {
  std::optional<campaign::ModelFacts> newest;
  for (const auto& name : model_names(campaign)) {
    auto facts = facts_of(ModelPaths{campaign, name});
    if (facts && (!newest || facts->chosen_at > newest->chosen_at)) newest = std::move(facts);
  }
  return newest;
}

}  // namespace tranche::directory
