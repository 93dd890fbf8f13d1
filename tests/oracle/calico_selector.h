#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/reading.h"

/// Calico's selector expressions, read and held against labels in one go: a parser by descent that
/// answers as it reads.
namespace podreach::oracle {

class CalicoSelector {
 public:
  /// Labels whose key has one of the prefixes `unknown` aren't known.
  static Match Holds(std::string_view text, const Labels& labels,
                     const std::vector<std::string>& unknown) {
    CalicoSelector selector(text, labels, unknown);
    if (selector.AtEnd()) return Match::kYes;
    const Match match = selector.Any();
    if (!selector.AtEnd()) throw Unread();
    return match;
  }

 private:
  CalicoSelector(std::string_view text, const Labels& labels,
                 const std::vector<std::string>& unknown)
      : text_(text), labels_(labels), unknown_(unknown) {}

  void Skip() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\t')) text_.remove_prefix(1);
  }
  bool AtEnd() {
    Skip();
    return text_.empty();
  }
  bool Take(std::string_view token) {
    Skip();
    if (text_.substr(0, token.size()) != token) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  void Need(std::string_view token) {
    if (!Take(token)) throw Unread();
  }

  Match Any() {
    Match match = All();
    while (Take("||")) match = Or(match, All());
    return match;
  }
  Match All() {
    Match match = One();
    while (Take("&&")) match = And(match, One());
    return match;
  }
  Match One() {
    if (Take("!")) return Not(One());
    if (Take("(")) {
      const Match match = Any();
      Need(")");
      return match;
    }
    if (Take("all()")) return Match::kYes;
    if (Take("global()")) return Not(Exists("projectcalico.org/namespace"));
    if (Take("has(")) {
      const Match match = Exists(Key());
      Need(")");
      return match;
    }
    return Condition(Key());
  }

  Match Condition(const std::string& key) {
    if (Take("==")) return Compare(key, [w = Word()](const std::string& v) { return v == w; });
    if (Take("!=")) return Not(Compare(key, [w = Word()](const std::string& v) { return v == w; }));
    if (Take("contains")) {
      return Compare(key,
                     [w = Word()](const std::string& v) { return v.find(w) != std::string::npos; });
    }
    if (Take("starts with")) {
      return Compare(key, [w = Word()](const std::string& v) { return v.rfind(w, 0) == 0; });
    }
    if (Take("ends with")) {
      return Compare(key, [w = Word()](const std::string& v) {
        return v.size() >= w.size() && v.substr(v.size() - w.size()) == w;
      });
    }
    if (Take("not in")) return Not(InSet(key));
    Need("in");
    return InSet(key);
  }

  Match InSet(const std::string& key) {
    std::vector<std::string> words;
    Need("{");
    if (!Take("}")) {
      do words.push_back(Word());
      while (Take(","));
      Need("}");
    }
    return Compare(key, [&](const std::string& v) { return Has(words, v); });
  }

  bool IsUnknown(const std::string& key) const {
    for (const auto& prefix : unknown_) {
      if (key.rfind(prefix, 0) == 0) return true;
    }
    return false;
  }
  Match Exists(const std::string& key) const {
    return IsUnknown(key) ? Match::kMay : Is(labels_.contains(key));
  }
  template <typename Test>
  Match Compare(const std::string& key, Test test) const {
    if (IsUnknown(key)) return Match::kMay;
    const auto found = labels_.find(key);
    return Is(found != labels_.end() && test(found->second));
  }

  std::string Key() {
    Skip();
    std::string key;
    while (!text_.empty() && (std::isalnum(static_cast<unsigned char>(text_[0])) != 0 ||
                              std::string_view("_./-").find(text_[0]) != std::string_view::npos)) {
      key += text_[0];
      text_.remove_prefix(1);
    }
    if (key.empty()) throw Unread();
    return key;
  }
  std::string Word() {
    Skip();
    const char quote = text_.empty() ? ' ' : text_[0];
    if (quote != '\'' && quote != '"') throw Unread();
    const auto end = text_.find(quote, 1);
    if (end == std::string_view::npos) throw Unread();
    const std::string word(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return word;
  }

  std::string_view text_;
  const Labels& labels_;
  const std::vector<std::string>& unknown_;
};

}  // namespace podreach::oracle
