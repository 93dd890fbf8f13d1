#include "cli/help_formatter.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

namespace podreach::cli {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 30;  ///< of what an option or a verb does

/// Lines of at most `width` columns; a line break of the text stays.
std::vector<std::string> Lines(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = text.substr(at, end - at);
    std::string& line = lines.back();
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines.push_back(word);
    } else {
      line += (line.empty() || word.empty() ? "" : " ") + word;
    }
    if (end < text.size() && text[end] == '\n') lines.emplace_back();
    at = end + 1;
  }
  return lines;
}

/// A name, and what it does in a column of its own.
std::string Entry(const std::string& name, const std::string& text) {
  std::string entry = "  " + name;
  if (entry.size() + 2 > kIndent) entry += "\n";
  for (const std::string& line : Lines(text, kWidth - kIndent)) {
    const std::size_t newline = entry.rfind('\n');
    const std::size_t column =
        newline == std::string::npos ? entry.size() : entry.size() - newline - 1;
    if (!line.empty()) entry += std::string(kIndent - column, ' ') + line;
    entry += "\n";
  }
  return entry;
}

/// Text in lines that fit; a line that begins with a space stays as it is.
std::string Paragraphs(const std::string& text) {
  std::string paragraphs;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(' ')) {
      paragraphs += line + "\n";
      continue;
    }
    for (const std::string& fitting : Lines(line, kWidth)) paragraphs += fitting + "\n";
  }
  return paragraphs;
}

}  // namespace

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string name = option->get_name(is_positional, !is_positional);
  for (std::size_t at = name.find(','); at != std::string::npos; at = name.find(',', at + 2))
    name.insert(at + 1, " ");
  // The words of a choice are said behind it: they would push everything to the right.
  const std::string& type = option->get_type_name();
  const bool choice = type.find('|') != std::string::npos;
  if (!type.empty()) name += " " + (choice ? "WORD" : type);
  if (is_positional) name = type;
  std::string text = option->get_description();
  if (choice) text += " One of " + type + ".";
  if (const auto& shown = option->get_default_str(); !shown.empty() && !type.empty())
    text += " Default: " + shown + ".";
  if (const auto& variable = option->get_envname(); !variable.empty())
    text += " [" + variable + "]";
  return Entry(name, text);
}

std::string HelpFormatter::make_subcommand(const CLI::App* verb) const {
  return Entry(verb->get_name(), verb->get_description());
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return Paragraphs(app->get_description()) + "\n";
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  const bool has_verbs = !app->get_subcommands(nullptr).empty();
  std::string usage = "Usage: " + name + (has_verbs ? " [--config FILE] VERB" : "") + " [FLAGS]";
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) usage += " " + option->get_type_name();
  }
  return usage + "\n";
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  return app->get_footer().empty() ? "" : Paragraphs(app->get_footer());
}

}  // namespace podreach::cli
