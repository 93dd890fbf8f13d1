// Manifests on anything: the YAML reader, the object parsers, every policy dialect, the engine.
// Nothing of it may fail but by saying so.
#include <memory>
#include <sstream>

#include "podreach/collect/source.h"
#include "podreach/policy/connection_explanation.h"
#include "podreach/policy/intended_matrix.h"
#include "podreach/policy/policy_kinds.h"
#include "podreach/yaml/yaml_reader.h"

namespace {

class Reader final : public podreach::YamlHandler {
 public:
  void Document(podreach::YamlDocument document) override {
    parser.AddManifest(std::move(document.value), [](std::string_view) { return "fuzz:1"; });
  }
  void Broken(std::size_t /*line*/, const std::string& why) override {
    parser.AddGap({podreach::GapKind::kBrokenDocument, {}, why, "fuzz:1", {}, {}});
  }
  podreach::ObjectParser parser{podreach::PolicyKinds()};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Reader reader;
  podreach::ReadYaml(text, reader);
  (void)podreach::LineOfField(text, 1, "spec.ingress[0].from[0].podSelector");
  const auto snapshot =
      std::make_shared<const podreach::Snapshot>(std::move(reader.parser).Finish());
  const podreach::Evaluator evaluator(snapshot, {});
  (void)evaluator.NotEvaluated();
  podreach::IntendedMatrix matrix(evaluator, podreach::GroupBy::kWorkload);
  matrix.ForEach([](const podreach::IntendedConnection&) {});
  return 0;
}
