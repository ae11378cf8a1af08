/// \file
/// Talking to the live owner of a campaign.
/// Layer: application (cli).
#pragma once

#include <optional>
#include <string>

#include "tranche/directory/files.hpp"
#include "tranche/directory/inbox.hpp"
#include "tranche/directory/owner.hpp"

namespace tranche::cli {

/// Alive, or on another host, where only an answer can tell.
bool owner_may_live(const directory::OwnerView& owner);

/// Of an owner on another host Slurm is asked as well, for 2 s at most: it does not live if its job has
/// ended.
bool owner_may_live_by_slurm(const directory::OwnerView& owner);

/// Asks and waits. Nothing if the owner has gone meanwhile. \throws Failure{owned} without an answer,
/// Failure{usage} with the owner's words if it refused
std::optional<directory::Answer> ask(const directory::CampaignPaths& paths, const directory::OwnerView& owner,
                                     const std::string& verb, const std::string& arguments_json);

/// \throws Failure{owned} if an owner lives; `verb` is what cannot be done meanwhile
void require_no_owner(const directory::CampaignPaths& paths, const std::string& verb);

}  // namespace tranche::cli
