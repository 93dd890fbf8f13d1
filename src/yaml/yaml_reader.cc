#include "podreach/yaml/yaml_reader.h"

#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

namespace podreach {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxScalar = 1U << 20U;
constexpr std::size_t kAliasGrowth = 16;

/// What was wrong, and where; thrown and caught in this file alone.
struct Broken {
  std::size_t line;
  std::string why;
};

/// A part of the text between two document markers.
struct Part {
  std::string_view text;
  std::size_t first_line = 1;
};

/// Whether a line is a document's marker: "---" or "...", and then nothing or white space.
bool IsMarker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

/// Cuts a stream at its markers, so that each document is parsed by itself.
std::vector<Part> Split(std::string_view text) {
  std::vector<Part> parts;
  std::size_t start = 0;
  std::size_t start_line = 1;
  std::size_t line_number = 1;
  bool content = false;
  for (std::size_t at = 0; at < text.size(); ++line_number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (IsMarker(line, "---") && content) {
      parts.push_back({text.substr(start, at - start), start_line});
      start = at;
      start_line = line_number;
      content = line.find_first_not_of(" \t\r", 3) != std::string_view::npos;
    } else {
      content = content || !line.starts_with('%');
    }
    at = end + 1;
  }
  if (start < text.size()) parts.push_back({text.substr(start), start_line});
  return parts;
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<json> AsInteger(std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x")) base = 16;
  if (digits.starts_with("0o")) base = 8;
  if (digits.starts_with("0b")) base = 2;
  if (base != 10) digits.remove_prefix(2);
  if (base == 10 && digits.size() > 1 && digits.front() == '0') {
    base = 8;  // YAML 1.1's octal, as file modes are written
  }
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
  if (!negative) return json(number);
  if (number > (1ULL << 63U)) return {};
  return json(static_cast<std::int64_t>(0 - number));
}

std::optional<json> AsFloat(std::string_view text) {
  if (IsOneOf(text, {".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN"}))
    return json(std::string(text));  // JSON has none
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos ||
      text.find_first_of("0123456789") == std::string_view::npos)
    return {};
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return {};
  return json(number);
}

json PlainScalar(std::string_view text, YamlScalars scalars) {
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (scalars == YamlScalars::kTexts) return std::string(text);
  if (IsOneOf(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (IsOneOf(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}))
    return false;
  const char first = text.front();
  if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.') {
    if (auto integer = AsInteger(text)) return *std::move(integer);
    if (auto number = AsFloat(text)) return *std::move(number);
  }
  return std::string(text);
}

/// Builds one document's JSON out of libyaml's events.
class Builder {
 public:
  Builder(const Part& part, YamlScalars scalars) : part_(part), scalars_(scalars) {
    if (yaml_parser_initialize(&parser_) == 0) throw Broken{part.first_line, "out of memory"};
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(part.text.data()),
                                 part.text.size());
  }
  ~Builder() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  /// Nothing where the part holds only comments.
  std::optional<YamlDocument> Read() {
    Next();  // the stream's start
    Next();
    if (event_.type == YAML_STREAM_END_EVENT) return {};
    Next();
    const bool empty = event_.type == YAML_SCALAR_EVENT && event_.data.scalar.length == 0 &&
                       event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    YamlDocument document;
    document.line = Line();
    document.value = Node();
    Next();
    Next();
    // Markers cut the text, but "..." and a bare second document may still be in it.
    if (event_.type != YAML_STREAM_END_EVENT)
      throw Broken{Line(), "a second document without a line of --- before it"};
    if (empty) return {};
    document.item_lines = std::move(item_lines_);
    return document;
  }

 private:
  [[nodiscard]] std::size_t Line() const { return part_.first_line + event_.start_mark.line; }

  void Next() {
    yaml_event_delete(&event_);
    if (yaml_parser_parse(&parser_, &event_) != 0) return;
    event_ = {};
    std::string why = parser_.problem == nullptr ? "no YAML" : parser_.problem;
    if (parser_.context != nullptr) why += std::string(" ") + parser_.context;
    throw Broken{part_.first_line + parser_.problem_mark.line, why};
  }

  static std::string AnchorOf(const yaml_char_t* anchor) {
    return anchor == nullptr ? std::string() : reinterpret_cast<const char*>(anchor);
  }

  std::string ScalarText() const {
    const auto& scalar = event_.data.scalar;
    if (scalar.length > kMaxScalar)
      throw Broken{Line(),
                   "a text of " + std::to_string(scalar.length) + " bytes, more than 1 MiB"};
    return {reinterpret_cast<const char*>(scalar.value), scalar.length};
  }

  /// The node that the current event begins; afterwards the current event is its last.
  json Node() {
    if (++depth_ > kMaxDepth) throw Broken{Line(), "more than 64 levels"};
    std::string anchor;
    json value;
    const std::size_t line = Line();
    switch (event_.type) {
      case YAML_ALIAS_EVENT:
        value = Alias(AnchorOf(event_.data.alias.anchor));
        break;
      case YAML_SCALAR_EVENT:
        anchor = AnchorOf(event_.data.scalar.anchor);
        value = Scalar();
        break;
      case YAML_SEQUENCE_START_EVENT:
        anchor = AnchorOf(event_.data.sequence_start.anchor);
        Open(anchor);
        value = Sequence();
        break;
      case YAML_MAPPING_START_EVENT:
        anchor = AnchorOf(event_.data.mapping_start.anchor);
        Open(anchor);
        value = Mapping();
        break;
      default:
        throw Broken{line, "no node where one is to be"};
    }
    --depth_;
    if (!anchor.empty()) anchors_[anchor] = Anchor{value, NodesOf(value)};
    return value;
  }

  /// From here to its end an anchor can't be used.
  void Open(const std::string& anchor) {
    if (!anchor.empty()) anchors_[anchor].reset();
  }

  json Scalar() {
    const auto& scalar = event_.data.scalar;
    const std::string text = ScalarText();
    const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const std::string tag = AnchorOf(scalar.tag);
    if (tag == "tag:yaml.org,2002:str" || (tag.empty() && !plain)) return text;
    return PlainScalar(text, scalars_);
  }

  json Alias(const std::string& name) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end())
      throw Broken{Line(), "an alias of " + name + ", which isn't there"};
    if (!found->second) throw Broken{Line(), "an alias of " + name + " inside itself"};
    expanded_ += found->second->nodes;
    if (expanded_ > 1000 + kAliasGrowth * part_.text.size())
      throw Broken{Line(), "aliases that make far more of the document than it is"};
    return found->second->value;
  }

  static std::size_t NodesOf(const json& value) {
    std::size_t nodes = 1;
    if (value.is_structured()) {
      for (const json& child : value) nodes += NodesOf(child);
    }
    return nodes;
  }

  json Sequence() {
    json array = json::array();
    const bool of_list = std::exchange(at_items_, false);
    for (Next(); event_.type != YAML_SEQUENCE_END_EVENT; Next()) {
      if (of_list) item_lines_.push_back(Line());
      array.push_back(Node());
    }
    return array;
  }

  json Mapping() {
    json object = json::object();
    std::vector<json> merged;
    for (Next(); event_.type != YAML_MAPPING_END_EVENT; Next()) {
      if (event_.type != YAML_SCALAR_EVENT) throw Broken{Line(), "a key that is no text"};
      const std::string key = ScalarText();
      const std::size_t line = Line();
      const bool merge = key == "<<" && event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      Next();
      at_items_ = depth_ == 1 && key == "items" && event_.type == YAML_SEQUENCE_START_EVENT;
      json value = Node();
      if (merge) {
        merged.push_back(std::move(value));
      } else if (!object.emplace(key, std::move(value)).second) {
        throw Broken{line, "the key " + key.substr(0, 64) + " comes twice"};
      }
    }
    for (json& value : merged) Merge(object, std::move(value));
    return object;
  }

  void Merge(json& object, json value) {
    if (value.is_object()) {
      for (auto& [key, member] : value.items()) object.emplace(key, std::move(member));
    } else if (value.is_array()) {
      for (json& one : value) Merge(object, std::move(one));
    } else {
      throw Broken{Line(), "<< that is neither a mapping nor a list of them"};
    }
  }

  struct Anchor {
    json value;
    std::size_t nodes = 0;
  };

  const Part part_;
  const YamlScalars scalars_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  std::size_t depth_ = 0;
  std::size_t expanded_ = 0;  // nodes that aliases added
  bool at_items_ = false;     // the sequence that comes is a List's
  std::vector<std::size_t> item_lines_;
  std::map<std::string, std::optional<Anchor>> anchors_;
};

/// Follows a path through a document's events, as far as it goes.
class FieldFinder {
 public:
  FieldFinder(const Part& part, std::string_view path) : part_(part), path_(path) {
    if (yaml_parser_initialize(&parser_) == 0) return;
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(part.text.data()),
                                 part.text.size());
    usable_ = true;
  }
  ~FieldFinder() {
    if (usable_) yaml_parser_delete(&parser_);
  }
  FieldFinder(const FieldFinder&) = delete;
  FieldFinder& operator=(const FieldFinder&) = delete;

  std::size_t Find(std::size_t otherwise) {
    found_ = otherwise;
    // Each event is copied to a small value, so that none outlives its turn.
    for (int i = 0; i < 3; ++i) {
      if (!Next()) return found_;
    }
    Walk(0);
    return found_;
  }

 private:
  bool Next() {
    if (!usable_ || over_) return false;
    yaml_event_t event;
    if (yaml_parser_parse(&parser_, &event) == 0) {
      over_ = true;
      return false;
    }
    type_ = event.type;
    line_ = part_.first_line + event.start_mark.line;
    key_ = event.type == YAML_SCALAR_EVENT
               ? std::string(reinterpret_cast<const char*>(event.data.scalar.value),
                             event.data.scalar.length)
               : std::string();
    over_ = event.type == YAML_STREAM_END_EVENT;
    yaml_event_delete(&event);
    return true;
  }

  /// At a node whose path begins with path_.substr(0, at); true where the search is over.
  bool Walk(std::size_t at) {
    if (at >= path_.size()) return true;
    if (type_ == YAML_MAPPING_START_EVENT) return WalkMapping(at);
    if (type_ == YAML_SEQUENCE_START_EVENT) return WalkSequence(at);
    return true;
  }

  bool WalkMapping(std::size_t at) {
    if (path_[at] == '.') ++at;
    while (Next() && type_ != YAML_MAPPING_END_EVENT) {
      const std::string key = key_;
      const std::size_t line = line_;
      if (!Next()) return true;
      const std::size_t end = at + key.size();
      const bool here = path_.substr(at).starts_with(key) &&
                        (end == path_.size() || path_[end] == '.' || path_[end] == '[');
      if (here && !key.empty()) {
        found_ = line;
        return Walk(end);
      }
      if (!Skip()) return true;
    }
    return true;
  }

  bool WalkSequence(std::size_t at) {
    if (path_[at] != '[') return true;
    std::size_t wanted = 0;
    const std::size_t close = path_.find(']', at);
    if (close == std::string_view::npos) return true;
    std::from_chars(path_.data() + at + 1, path_.data() + close, wanted);
    for (std::size_t i = 0; Next() && type_ != YAML_SEQUENCE_END_EVENT; ++i) {
      if (i == wanted) {
        found_ = line_;
        return Walk(close + 1);
      }
      if (!Skip()) return true;
    }
    return true;
  }

  /// Over the rest of the node that the current event begins.
  bool Skip() {
    std::size_t depth = 0;
    for (;;) {
      if (type_ == YAML_MAPPING_START_EVENT || type_ == YAML_SEQUENCE_START_EVENT) ++depth;
      if (type_ == YAML_MAPPING_END_EVENT || type_ == YAML_SEQUENCE_END_EVENT) --depth;
      if (depth == 0) return true;
      if (!Next()) return false;
    }
  }

  const Part part_;
  const std::string_view path_;
  yaml_parser_t parser_{};
  bool usable_ = false;
  bool over_ = false;
  yaml_event_type_t type_ = YAML_NO_EVENT;
  std::size_t line_ = 0;
  std::string key_;
  std::size_t found_ = 0;
};

}  // namespace

void ReadYaml(std::string_view text, YamlHandler& handler, YamlScalars scalars) {
  for (const Part& part : Split(text)) {
    try {
      Builder builder(part, scalars);
      if (auto document = builder.Read()) handler.Document(*std::move(document));
    } catch (const Broken& broken) {
      handler.Broken(broken.line, broken.why);
    }
  }
}

std::size_t LineOfField(std::string_view text, std::size_t line, std::string_view path) {
  for (const Part& part : Split(text)) {
    const auto lines =
        static_cast<std::size_t>(std::count(part.text.begin(), part.text.end(), '\n'));
    if (line < part.first_line || line > part.first_line + lines) continue;
    return FieldFinder(part, path).Find(line);
  }
  return line;
}

}  // namespace podreach
