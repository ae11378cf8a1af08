/// \file
/// Texts from user code, made fit for a file that Python and others read. Layer: adapter, pure, private.
#pragma once

#include <string>
#include <string_view>

namespace tranche::ledger {

/// The text with every byte that is not valid UTF-8, and every NUL, replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace tranche::ledger
