#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace podreach::cli {

/// Help within 100 columns: what an option is called, and below it or beside it what it does, its
/// default and its variable.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* verb) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_footer(const CLI::App* app) const override;
};

}  // namespace podreach::cli
