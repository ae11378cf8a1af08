/// \file
/// Commands that read store files, in a process of their own: HDF5 1.10 can crash over damaged structures.
/// Layer: application (processes, store). The calling process has not used HDF5 yet and has one thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "context.hpp"
#include "tranche/inspect/campaign_view.hpp"

namespace tranche::cli {

/// Runs `command` in a child process that shares stdout and stderr; returns its exit code. Exceptions are
/// reported there. If the child crashes, `crashed` is asked for the exit code. A signal from outside (INT,
/// KILL, ...) ends this process the same way.
int run_guarded(Context& context, const std::function<int()>& command, const std::function<int()>& crashed);

/// Stage files and view that HDF5 crashes over, found by opening each in a child process: path relative to
/// the campaign, and a sentence. The view is opened only if its stage files do no harm.
std::map<std::string, std::string> crashing_files(const inspect::CampaignView& view);

/// A whole command that stops at the first damaged file: export, show.
int run_guarded(Context& context, const std::function<int()>& command);

/// Throws DamageError with the name of the first file that HDF5 crashes over.
void refuse_crashing_files(const inspect::CampaignView& view);

}  // namespace tranche::cli
