/// \file
/// Surrogates of a campaign, a folder each below models/ (docs/formats/models.md).
/// Layer: adapter (POSIX files, JSON).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/campaign/gate.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::directory {

/// Places of one model. Its folder is a campaign directory as well, whose samples are trials.
class ModelPaths {
 public:
  ModelPaths(const CampaignPaths& campaign, const std::string& name)
      : name_{name}, folder_{campaign.models() / name} {}

  const std::string& name() const noexcept { return name_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }
  CampaignPaths campaign() const { return CampaignPaths{folder_}; }
  std::filesystem::path settings() const { return folder_ / "trials.json"; }
  std::filesystem::path trial(std::uint64_t number) const;  ///< folder of one trial
  std::filesystem::path result(std::uint64_t number) const { return trial(number) / "result.json"; }
  std::filesystem::path surrogate() const { return folder_ / "surrogate.h5"; }
  std::filesystem::path choice() const { return folder_ / "chosen.json"; }
  std::filesystem::path baselines() const { return folder_ / "baselines.json"; }
  std::filesystem::path curve() const { return folder_ / "curve.json"; }

 private:
  std::string name_;
  std::filesystem::path folder_;
};

/// Names of the models that have settings, m2 before m10.
std::vector<std::string> model_names(const CampaignPaths& campaign);

/// The next free one of m1, m2, ...
std::string free_model_name(const CampaignPaths& campaign);

/// Letters, digits, `-`, `_` and `.`, at most 64, no dot first.
bool is_model_name(const std::string& name) noexcept;

/// What gates may look at: the model that was chosen last, if its surrogate is still there. Choices that
/// cannot be read are skipped.
std::optional<campaign::ModelFacts> newest_model(const CampaignPaths& campaign);

}  // namespace tranche::directory
