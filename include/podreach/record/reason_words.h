#pragma once

#include <string>
#include <string_view>

#include "podreach/record/scan_record.h"

namespace podreach {

/// What a reason means, in words: "silence, and no control reached the target". Empty for kNone.
[[nodiscard]] std::string_view Words(Reason reason);
/// "policies are enforced: denied by silence".
[[nodiscard]] std::string_view Words(Enforcement enforcement);
[[nodiscard]] std::string_view Words(NotProbed why);

/// Why a cell's verdict isn't plain, with what is known of it: which control, which ICMP error,
/// which rule. Empty where it is plain.
[[nodiscard]] std::string ReasonWords(const ScanRecord& record, const RecordedCell& cell);

}  // namespace podreach
