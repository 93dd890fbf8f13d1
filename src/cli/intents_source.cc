#include "cli/intents_source.h"

#include <utility>

#include "podreach/collect/document_file.h"

namespace podreach::cli {
namespace {

Result<IntentFile> ReadIntentFile(const std::string& file) {
  const auto document = ReadDocumentFile(file);
  if (!document) return document.error();
  Problems problems;
  IntentFile read = ReadIntents(document->value, problems);
  if (problems.empty()) return read;
  std::string text;
  for (const Problem& problem : problems.All()) {
    text +=
        (text.empty() ? "" : "\n  ") + document->PlaceOf(problem.path) + ": " + problem.ToString();
  }
  return MakeError(ErrorKind::kInvalidInput, text,
                   "include/podreach/schemas/intent-v1.schema.json says what may stand there");
}

}  // namespace

Result<IntentsToCheck> LoadIntents(const std::string& file) {
  IntentFile read;
  if (file != "built-in") {
    auto from_file = ReadIntentFile(file);
    if (!from_file) return std::move(from_file).error();
    read = *std::move(from_file);
  }
  IntentsToCheck to_check;
  to_check.intents = std::move(read.intents);
  for (auto& intent : BuiltInIntents()) {
    if (!read.switched_off.contains(intent.name)) to_check.intents.push_back(std::move(intent));
  }
  for (const auto& lint : PolicyLints()) {
    if (!read.switched_off.contains(lint.name)) to_check.lints.push_back(lint);
  }
  return to_check;
}

void AddIntent(OptionSet& options, std::string& file) {
  options
      .Text("--intent", file,
            "A file of intents to check (podreach.io/intent/v1: deny, allow, allow-only), beside "
            "the built-in ones. The word built-in names those alone.")
      .Called("FILE");
}

}  // namespace podreach::cli
