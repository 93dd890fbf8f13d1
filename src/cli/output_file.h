#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "cli/option_set.h"
#include "podreach/base/result.h"

namespace podreach::cli {

/// Who may read a file: what was observed in a cluster is its owner's alone.
enum class Readers : std::uint8_t { kAsUmask, kOwner };

/// Lets `write` fill a file, the whole or none of it: a signal or an error leaves what was there
/// before. A device or a pipe is written to, not replaced. "" is stdout. kInvalidInput where the
/// file can't be written, kUnavailable where stdout can't.
[[nodiscard]] Result<void> WriteTo(const std::string& file,
                                   const std::function<void(std::ostream&)>& write,
                                   Readers readers = Readers::kAsUmask);

/// -o: the file that a verb's result goes to.
void AddOutput(OptionSet& options, std::string& file);

}  // namespace podreach::cli
