#pragma once

#include "podreach/wire/service_report.h"
#include "wire/strict_json.h"

namespace podreach::wire {

/// A service as src/wire/FORMAT.md has it.
[[nodiscard]] nlohmann::json EncodeService(const ServiceIdentity& service);
[[nodiscard]] ServiceIdentity ReadService(const nlohmann::json& value, const std::string& path,
                                          Problem& problem);

}  // namespace podreach::wire
