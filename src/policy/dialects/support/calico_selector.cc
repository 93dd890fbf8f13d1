#include "policy/dialects/support/calico_selector.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace podreach::policy {
namespace {

using Operator = LabelRequirement::Operator;

constexpr std::size_t kMaxBytes = 64UL << 10UL;
constexpr std::size_t kMaxAlternatives = 256;
constexpr std::size_t kMaxConditions = 256;
constexpr int kMaxDepth = 100;

Operator Denied(Operator op) {
  switch (op) {
    case Operator::kIn:
      return Operator::kNotIn;
    case Operator::kNotIn:
      return Operator::kIn;
    case Operator::kExists:
      return Operator::kDoesNotExist;
    case Operator::kDoesNotExist:
      return Operator::kExists;
    case Operator::kContains:
      return Operator::kNotContains;
    case Operator::kNotContains:
      return Operator::kContains;
    case Operator::kStartsWith:
      return Operator::kNotStartsWith;
    case Operator::kNotStartsWith:
      return Operator::kStartsWith;
    case Operator::kEndsWith:
      return Operator::kNotEndsWith;
    case Operator::kNotEndsWith:
      return Operator::kEndsWith;
  }
  return op;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  [[nodiscard]] Result<AnySelector> Parse() {
    if (text_.size() > kMaxBytes) return TooLarge("has more than 64 KiB");
    Skip();
    if (at_ == text_.size()) return AnySelector{LabelSelector{}};
    auto parsed = Or(false, 0);
    if (parsed && at_ != text_.size()) return Expected("an operator or the end");
    return parsed;
  }

 private:
  [[nodiscard]] static Error TooLarge(const std::string& why) {
    return MakeError(ErrorKind::kInvalidInput, "the selector " + why,
                     "split the policy that has it");
  }
  [[nodiscard]] Error Expected(const std::string& what) const {
    return MakeError(
        ErrorKind::kInvalidInput,
        "at column " + std::to_string(at_ + 1) + " of the selector: " + what + " was expected",
        "see Calico's description of selectors");
  }

  void Skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r')))
      ++at_;
  }
  bool Take(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    Skip();
    return true;
  }

  [[nodiscard]] static Result<AnySelector> Either(AnySelector one, AnySelector other) {
    for (auto& selector : other) {
      if (std::find(one.begin(), one.end(), selector) == one.end())
        one.push_back(std::move(selector));
    }
    if (one.size() > kMaxAlternatives) return TooLarge("has more than 256 alternatives");
    return one;
  }

  /// `denied`: the denial of what is read is given (De Morgan).
  [[nodiscard]] Result<AnySelector> Or(bool denied, int depth) {
    return Chain("||", denied, [&] { return And(denied, depth); });
  }
  [[nodiscard]] Result<AnySelector> And(bool denied, int depth) {
    return Chain("&&", !denied, [&] { return Term(denied, depth); });
  }
  template <class Next>
  [[nodiscard]] Result<AnySelector> Chain(std::string_view token, bool all, const Next& next) {
    auto joined = next();
    while (joined && Take(token)) {
      auto more = next();
      if (!more) return more;
      joined = all ? BothOf(*joined, *more) : Either(*std::move(joined), *std::move(more));
    }
    return joined;
  }

  [[nodiscard]] Result<AnySelector> Term(bool denied, int depth) {
    if (depth > kMaxDepth) return TooLarge("is nested deeper than 100 levels");
    if (Take("!")) return Term(!denied, depth + 1);
    if (Take("(")) {
      auto inner = Or(denied, depth + 1);
      if (inner && !Take(")")) return Expected("\")\"");
      return inner;
    }
    if (TakeCall("all")) return denied ? AnySelector{} : AnySelector{LabelSelector{}};
    if (TakeCall("global")) return One({std::string(kGlobalKey), Operator::kExists, {}}, denied);
    return Condition(denied);
  }

  /// "name()" with any white space within.
  bool TakeCall(std::string_view name) {
    const auto start = at_;
    if (text_.substr(at_, name.size()) == name) {
      at_ += name.size();
      Skip();
      if (Take("(") && Take(")")) return true;
    }
    at_ = start;
    return false;
  }

  [[nodiscard]] static AnySelector One(LabelRequirement requirement, bool denied) {
    if (denied) requirement.op = Denied(requirement.op);
    return {LabelSelector{{std::move(requirement)}}};
  }

  std::string_view Key() {
    const auto start = at_;
    const auto in_key = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.' || c == '-' || c == '/';
    };
    while (at_ < text_.size() && in_key(text_[at_])) ++at_;
    const auto key = text_.substr(start, at_ - start);
    Skip();
    return key;
  }

  [[nodiscard]] Result<std::string> Value() {
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') return Expected("a value in quotes");
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return Expected("a value with a closing quote");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    Skip();
    return value;
  }

  [[nodiscard]] Result<AnySelector> Condition(bool denied) {
    const auto start = at_;
    if (Take("has")) {
      if (Take("(")) {
        const std::string key(Key());
        if (key.empty()) return Expected("a label's key");
        if (!Take(")")) return Expected("\")\"");
        return One({key, Operator::kExists, {}}, denied);
      }
      at_ = start;
    }
    const std::string key(Key());
    if (key.empty()) return Expected("a condition");
    if (Take("==")) return WithValue(key, Operator::kIn, denied);
    if (Take("!=")) return WithValue(key, Operator::kNotIn, denied);
    if (Take("contains")) return WithValue(key, Operator::kContains, denied);
    const auto before = at_;
    if (Take("starts") && Take("with")) return WithValue(key, Operator::kStartsWith, denied);
    at_ = before;
    if (Take("ends") && Take("with")) return WithValue(key, Operator::kEndsWith, denied);
    at_ = before;
    if (Take("not") && Take("in")) return WithSet(key, Operator::kNotIn, denied);
    at_ = before;
    if (Take("in")) return WithSet(key, Operator::kIn, denied);
    return Expected("an operator behind " + key);
  }

  [[nodiscard]] Result<AnySelector> WithValue(std::string key, Operator op, bool denied) {
    auto value = Value();
    if (!value) return value.error();
    return One({std::move(key), op, {*std::move(value)}}, denied);
  }

  [[nodiscard]] Result<AnySelector> WithSet(std::string key, Operator op, bool denied) {
    if (!Take("{")) return Expected("\"{\"");
    LabelRequirement requirement{std::move(key), op, {}};
    while (!Take("}")) {
      auto value = Value();
      if (!value) return value.error();
      requirement.values.push_back(*std::move(value));
      if (requirement.values.size() > kMaxConditions) return TooLarge("has more than 256 values");
      if (Take("}")) break;
      if (!Take(",")) return Expected("\",\" or \"}\"");
    }
    std::sort(requirement.values.begin(), requirement.values.end());
    return One(std::move(requirement), denied);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<AnySelector> ParseCalicoSelector(std::string_view text) { return Parser(text).Parse(); }

}  // namespace podreach::policy
