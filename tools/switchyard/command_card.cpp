// SPDX-License-Identifier: Apache-2.0
// `switchyard card`: the FPGA card.
#include "tools/switchyard/commands.hpp"

namespace switchyard::tool {

void add_card_command(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("card", "Look after the FPGA card");
    group->require_subcommand(1);
    add_card_firmware(*group, exit_code);
}

}  // namespace switchyard::tool
