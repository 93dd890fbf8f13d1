#include "policy/dialects/support/document_reader.h"

#include <algorithm>

namespace podreach::policy {

DocumentReader::DocumentReader(const Snapshot& snapshot, const PolicyDocument& document)
    : snapshot_(snapshot),
      document_(document),
      object_(document.object.Unpack()),
      root_(object_, "", problems_) {}

PolicyRules DocumentReader::Begin() const {
  PolicyRules rules;
  rules.policy = (document_.ns.empty() ? "" : document_.ns + "/") + document_.name;
  rules.kind = document_.kind;
  rules.group = document_.group;
  rules.place = document_.place;
  return rules;
}

std::vector<Problem> DocumentReader::TakeProblemList() {
  auto problems = problems_.All();
  problems_ = Problems();
  return problems;
}

std::string DocumentReader::TakeProblems() {
  auto text = problems_.Joined();
  problems_ = Problems();
  return text;
}

void DocumentReader::Expect(const Field& object, std::initializer_list<std::string_view> known) {
  if (!object.present()) return;
  for (const auto& key : object.Keys()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      object.At(key.c_str()).AddProblem("this field is not evaluated");
  }
}

std::optional<Cidr> ReadBlock(const Field& field) {
  if (const auto address = IpAddress::Parse(field.Text())) return Cidr::Of(*address);
  return field.ReadCidr();
}

}  // namespace podreach::policy
