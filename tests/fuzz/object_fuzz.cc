// JSON objects on anything, as an API server would send them, through parsers and dialects.
#include <memory>
#include <nlohmann/json.hpp>

#include "podreach/collect/source.h"
#include "podreach/policy/evaluator.h"
#include "podreach/policy/policy_kinds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = nlohmann::json::parse(data, data + size, nullptr, false);
  if (object.is_discarded()) return 0;
  podreach::ObjectParser parser{podreach::PolicyKinds()};
  parser.Add(object);
  parser.AddManifest(object, [](std::string_view) { return "fuzz:1"; });
  const auto snapshot = std::make_shared<const podreach::Snapshot>(std::move(parser).Finish());
  const podreach::Evaluator evaluator(snapshot, {});
  (void)evaluator.NotEvaluated();
  return 0;
}
