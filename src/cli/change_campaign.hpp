/// \file
/// A change to the ledger: by the live run if there is one, else by this command, as owner for a moment.
/// Layer: application (cli).
#pragma once

#include "context.hpp"
#include "json_output.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/inspect/change.hpp"

namespace tranche::cli {

struct Changed {
  std::string text;
  Json data = Json::object();
  bool by_run = false;  ///< a live run did it
};

/// `verb` is one of inspect::apply_change. Without a run the store and the published files follow at once.
/// An owner on another host is replaced if Slurm says that its job has ended; if Slurm has no record of the
/// job it is watched for 60 s first, and `context` is told. \throws ConfigError, Failure{usage} in the
/// owner's words, Failure{owned} if nobody answers
Changed change_campaign(const Context& context, const directory::CampaignPaths& paths,
                        const std::string& verb, const Json& arguments);

}  // namespace tranche::cli
