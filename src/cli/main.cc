#include <csignal>
#include <exception>
#include <iostream>

#include "cli/app.h"
#include "cli/exit_code.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return podreach::cli::RunApp(argc, argv, podreach::cli::AllCommands());
  } catch (const std::exception& error) {
    std::cerr << "podreach: " << error.what() << '\n';
    return podreach::cli::kFailed;
  }
}
