// SPDX-License-Identifier: Apache-2.0
// `switchyard card firmware status|update|confirm|rollback`: the firmware of a card's management
// controller.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "host/offload/controller/emulated_controller.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

namespace mailbox = abi::mailbox;
using controller::ControllerClient;
using controller::to_string;
using controller::version_text;

struct FirmwareSettings {
    std::string tty;
    std::string socket;
    std::string emulation;  ///< the folder of the emulated card's flash
    std::string boot_flash;
    uint32_t baud = 115200;
    uint32_t deadline_ms = 8000;
    std::string image;
    uint32_t trial_s = 600;
    bool confirm = false;
    bool json = false;
};

/// The line to a controller, and the emulated card behind it if that is what was asked for.
struct Connection {
    std::unique_ptr<controller::EmulatedController> emulated;
    std::unique_ptr<ControllerClient> client;
};

Result<Connection> open_line(const FirmwareSettings& settings) {
    Connection connection;
    controller::ClientOptions options;
    options.deadline = std::chrono::milliseconds(settings.deadline_ms);
    options.boot = 2 * options.deadline;
    if (!settings.emulation.empty()) {
        controller::EmulationOptions emulation;
        emulation.boot_flash = settings.boot_flash.empty()
                                   ? controller::find_boot_flash()
                                   : std::filesystem::path(settings.boot_flash);
        emulation.folder = settings.emulation;
        emulation.client = options;
        auto started = controller::EmulatedController::start(emulation);
        if (!started) return started.error();
        connection.emulated = *std::move(started);
        auto client = connection.emulated->connect();
        if (!client) return client.error();
        connection.client = *std::move(client);
        return connection;
    }
    if (settings.tty.empty() && settings.socket.empty()) {
        return Error{
            ErrorCode::InvalidInput,
            "which controller? Take --tty DEVICE for a card's, --socket PATH for a running "
            "QEMU's, or --emulation FOLDER to try it without a card"};
    }
    auto transport = settings.socket.empty()
                         ? controller::open_tty(settings.tty, settings.baud)
                         : controller::connect_socket(settings.socket,
                                                      controller::Clock::now() + options.deadline);
    if (!transport) return transport.error();
    auto client = ControllerClient::connect(*std::move(transport), options);
    if (!client) return client.error();
    connection.client = *std::move(client);
    return connection;
}

std::string_view board_name(uint32_t board) {
    switch (board) {
        case abi::image::kBoardVirt:
            return "virt (emulated)";
        case abi::image::kBoardU50:
            return "U50";
        case abi::image::kBoardU55c:
            return "U55C";
        default:
            return "unknown";
    }
}

nlohmann::json to_json(const mailbox::HelloResponse& hello, const mailbox::SlotReport& slots,
                       const mailbox::CardStatus& card) {
    nlohmann::json out = {
        {"emulated", hello.board == abi::image::kBoardVirt},
        {"board", board_name(hello.board)},
        {"firmware",
         {{"version", version_text(hello.firmware_version)},
          {"slot", to_string(static_cast<mailbox::Slot>(hello.slot))},
          {"on_trial", hello.on_trial != 0},
          {"trial_left_ms", slots.trial_left_ms},
          {"trial_boots", slots.boots},
          {"trial_boots_max", slots.boots_max},
          {"next_boot", to_string(static_cast<mailbox::Slot>(slots.active))},
          {"factory_version", version_text(slots.factory_version)},
          {"reset_reason", to_string(static_cast<mailbox::ResetReason>(hello.reset_reason))}}},
        {"card",
         {{"state", to_string(static_cast<mailbox::ControllerState>(card.state))},
          {"halt_reason", to_string(static_cast<mailbox::HaltReason>(card.halt_reason))},
          {"uptime_ms", card.uptime_ms},
          {"clock_mhz", card.clock_mhz},
          {"clock_full_mhz", card.clock_full_mhz},
          {"sensors_valid", card.sensors_valid != 0},
          {"temperature_c", card.temperature_mc / 1000.0},
          {"power_w", card.power_mw / 1000.0},
          {"voltage_v", card.voltage_mv / 1000.0},
          {"throttles", card.throttles},
          {"stalls", card.stalls},
          {"halts", card.halts},
          {"frames_bad", card.frames_bad + card.frames_long}}}};
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        const mailbox::SlotInfo& info = slots.slots[slot];
        out["slots"].push_back(
            {{"slot", to_string(static_cast<mailbox::Slot>(slot))},
             {"state", to_string(static_cast<mailbox::SlotState>(info.state))},
             {"reason", to_string(static_cast<mailbox::RejectReason>(info.reason))},
             {"version", info.image_bytes == 0 ? "" : version_text(info.version)},
             {"image_bytes", info.image_bytes}});
    }
    return out;
}

void print_text(const mailbox::HelloResponse& hello, const mailbox::SlotReport& slots,
                const mailbox::CardStatus& card) {
    fmt::print("board       {}\n", board_name(hello.board));
    fmt::print(
        "firmware    {} from slot {}{}; last reset: {}\n", version_text(hello.firmware_version),
        to_string(static_cast<mailbox::Slot>(hello.slot)),
        hello.on_trial != 0 ? fmt::format(", on trial: boot {} of {}, {} s left to confirm",
                                          slots.boots, slots.boots_max, slots.trial_left_ms / 1000)
                            : "",
        to_string(static_cast<mailbox::ResetReason>(hello.reset_reason)));
    fmt::print(
        "card        {}{}, clock {} of {} MHz\n",
        to_string(static_cast<mailbox::ControllerState>(card.state)),
        card.halt_reason == mailbox::kNotHalted
            ? ""
            : fmt::format(" ({})", to_string(static_cast<mailbox::HaltReason>(card.halt_reason))),
        card.clock_mhz, card.clock_full_mhz);
    if (card.sensors_valid != 0) {
        fmt::print("sensors     {:.1f} °C, {:.1f} W, {:.3f} V{}\n", card.temperature_mc / 1000.0,
                   card.power_mw / 1000.0, card.voltage_mv / 1000.0,
                   hello.board == abi::image::kBoardVirt ? " (emulated)" : "");
    } else {
        fmt::print("sensors     {}\n", bad("no answer"));
    }
    Table table({"slot", "state", "version", "bytes", "next boot"});
    for (uint32_t slot = 0; slot < mailbox::kUpdatableSlots; ++slot) {
        const mailbox::SlotInfo& info = slots.slots[slot];
        std::string state(to_string(static_cast<mailbox::SlotState>(info.state)));
        if (info.state == mailbox::kRejected) {
            state +=
                fmt::format(": {}", to_string(static_cast<mailbox::RejectReason>(info.reason)));
        }
        const bool is_there = info.image_bytes != 0;
        table.add({std::string(to_string(static_cast<mailbox::Slot>(slot))), state,
                   is_there ? version_text(info.version) : "-",
                   is_there ? with_commas(info.image_bytes) : "-",
                   slots.active == slot ? "yes" : ""});
    }
    table.add({"factory", "fixed", version_text(slots.factory_version), "-",
               slots.active == mailbox::kSlotFactory ? "yes" : ""});
    fmt::print("{}", table.to_string());
}

int print_state(ControllerClient& client, bool json) {
    const auto hello = client.hello();
    if (!hello) return report_error(hello.error());
    const auto slots = client.slots();
    if (!slots) return report_error(slots.error());
    auto card = client.status();
    // A controller that has just booted looks at its sensors within its first milliseconds.
    for (int i = 0; card && card->state == mailbox::kStarting && i < 100; ++i)
        card = client.status();
    if (!card) return report_error(card.error());
    if (json) {
        fmt::print("{}\n", to_json(*hello, *slots, *card).dump(2));
    } else {
        print_text(*hello, *slots, *card);
    }
    return kExitSuccess;
}

int run_status(const FirmwareSettings& settings) {
    const auto line = open_line(settings);
    if (!line) return report_error(line.error());
    return print_state(*line->client, settings.json);
}

int run_update(const FirmwareSettings& settings) {
    const auto image = controller::read_firmware_image(settings.image);
    if (!image) return report_error(image.error());
    const auto line = open_line(settings);
    if (!line) return report_error(line.error());
    ControllerClient& client = *line->client;
    {
        Progress progress("writing the firmware", image->bytes.size(), settings.json);
        const auto written = client.write_image(
            image->bytes, [&](uint64_t done, uint64_t) { progress.update(done); });
        if (!written) return report_error(written.error());
    }
    const auto active = client.activate(std::chrono::seconds(settings.trial_s));
    if (!active) return report_error(active.error());
    const auto booted = client.reset();
    if (!booted) return report_error(booted.error());
    if (booted->on_trial == 0 || booted->firmware_version != image->header.version) {
        return report_error({ErrorCode::Mismatch,
                             fmt::format("{} did not boot: the controller runs {} again and has "
                                         "rejected it; see 'card firmware status'",
                                         version_text(image->header.version),
                                         version_text(booted->firmware_version))});
    }
    if (settings.confirm) {
        const auto confirmed = client.confirm();
        if (!confirmed) return report_error(confirmed.error());
    }
    const int exit_code = print_state(client, settings.json);
    if (!settings.json && exit_code == kExitSuccess && !settings.confirm) {
        fmt::print(
            "{} runs on trial. 'switchyard card firmware confirm' keeps it; without that it is "
            "given up after {} s\nor three boots, and the firmware before it runs again.\n",
            version_text(image->header.version), settings.trial_s);
    }
    return exit_code;
}

int run_confirm(const FirmwareSettings& settings) {
    const auto line = open_line(settings);
    if (!line) return report_error(line.error());
    const auto hello = line->client->hello();
    if (!hello) return report_error(hello.error());
    if (hello->on_trial == 0) {
        return report_error({ErrorCode::InvalidInput,
                             fmt::format("nothing is on trial: {} runs and is kept already",
                                         version_text(hello->firmware_version))});
    }
    const auto confirmed = line->client->confirm();
    if (!confirmed) return report_error(confirmed.error());
    return print_state(*line->client, settings.json);
}

int run_rollback(const FirmwareSettings& settings) {
    const auto line = open_line(settings);
    if (!line) return report_error(line.error());
    const auto rolled_back = line->client->rollback();
    if (!rolled_back) return report_error(rolled_back.error());
    const auto booted = line->client->reset();
    if (!booted) return report_error(booted.error());
    return print_state(*line->client, settings.json);
}

using Settings = std::shared_ptr<FirmwareSettings>;

Settings add_common(CLI::App& command) {
    auto settings = std::make_shared<FirmwareSettings>();
    auto* tty = command.add_option("--tty", settings->tty,
                                   "The serial device of the card's controller, as /dev/ttyUSB0");
    auto* socket = command.add_option("--socket", settings->socket,
                                      "The Unix socket of a QEMU that runs the firmware");
    auto* emulation = command.add_option(
        "--emulation", settings->emulation,
        "Run the genuine firmware in QEMU; FOLDER keeps its flash from one call to the next");
    tty->excludes(socket)->excludes(emulation);
    socket->excludes(emulation);
    command.add_option("--baud", settings->baud, "Of the serial device")->capture_default_str();
    command
        .add_option("--boot-flash", settings->boot_flash,
                    "Loader and factory firmware for --emulation (default: this build's)")
        ->needs(emulation);
    command.add_option("--deadline", settings->deadline_ms, "Milliseconds for each answer")
        ->check(CLI::Range(100u, 600'000u))
        ->capture_default_str();
    command.add_flag("--json", settings->json, "Print one JSON object");
    return settings;
}

constexpr const char* kExitCodes =
    "Exit code 0: done; 1: the controller does not answer, or its flash fails; 2: not possible, or "
    "no image;\n3: no such device, or no QEMU. ";

}  // namespace

void add_card_firmware(CLI::App& card, int& exit_code) {
    auto* group = card.add_subcommand(
        "firmware", "Look at and update the firmware of the card's management controller");
    group->require_subcommand(1);

    auto* status = group->add_subcommand("status", "What runs, both slots, sensors and clock");
    const auto status_settings = add_common(*status);
    status->footer(std::string(kExitCodes) +
                   "Examples:\n  switchyard card firmware status --tty /dev/ttyUSB0\n"
                   "  switchyard card firmware status --emulation /tmp/card");
    status->callback([=, &exit_code] { exit_code = run_status(*status_settings); });

    auto* update = group->add_subcommand(
        "update", "Write an image into the slot that does not run, and start it on trial");
    const auto update_settings = add_common(*update);
    update->add_option("IMAGE", update_settings->image, "A .swfw file")->required();
    update
        ->add_option("--trial", update_settings->trial_s,
                     "Seconds that each boot may take to be confirmed")
        ->check(CLI::Range(1u, mailbox::kTrialMsMax / 1000))
        ->capture_default_str();
    update->add_flag("--confirm", update_settings->confirm,
                     "Keep it as soon as it has booted and answers");
    update->footer(
        "The image is checked here, by the controller as it comes, and in the flash. The running "
        "slot is not touched: a power\ncut at any moment leaves a firmware that boots. The kernel "
        "is held while the controller restarts. " +
        std::string(kExitCodes) +
        "Example:\n  switchyard card firmware update controller.swfw --tty /dev/ttyUSB0 --trial "
        "120");
    update->callback([=, &exit_code] { exit_code = run_update(*update_settings); });

    auto* confirm = group->add_subcommand("confirm", "Keep the firmware that runs on trial");
    const auto confirm_settings = add_common(*confirm);
    confirm->footer(kExitCodes);
    confirm->callback([=, &exit_code] { exit_code = run_confirm(*confirm_settings); });

    auto* rollback = group->add_subcommand(
        "rollback", "Give up the firmware that runs, and start the one before it");
    const auto rollback_settings = add_common(*rollback);
    rollback->footer(std::string("Goes to the other slot if that was confirmed, else to the "
                                 "factory's firmware. ") +
                     kExitCodes);
    rollback->callback([=, &exit_code] { exit_code = run_rollback(*rollback_settings); });
}

}  // namespace switchyard::tool
