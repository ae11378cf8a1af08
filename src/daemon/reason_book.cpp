#include "reason_book.hpp"

#include <iterator>
#include <utility>

namespace tranche::daemon {

ReasonBook::ReasonBook(std::vector<std::string> known)
    : known_{std::make_move_iterator(known.begin()), std::make_move_iterator(known.end())} {}

void ReasonBook::settle(RunRecord& run) {
  if (run.reason.empty() || known_.contains(run.reason)) return;
  if (known_.size() < most) {
    known_.insert(run.reason);
    return;
  }
  run.message = run.message.empty() ? run.reason : run.reason + ": " + run.message;
  run.reason = "other";
}

}  // namespace tranche::daemon
