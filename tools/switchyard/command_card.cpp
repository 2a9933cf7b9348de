// SPDX-License-Identifier: Apache-2.0
// `switchyard card list|status|program|validate|reset`: the FPGA card, with the verbs of xbutil.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/switchyard/card_jobs.hpp"
#include "tools/switchyard/commands.hpp"
#include "tools/switchyard/measure.hpp"
#include "tools/switchyard/output.hpp"

namespace switchyard::tool {
namespace {

struct CardSettings {
    CardTarget target;
    uint32_t repeats = 10;
    bool json = false;
};

constexpr const char* kEmulationHint = "to use an emulated device, add --emulation";

/// Exit code 3 with the reason, or nothing when the target is there.
std::optional<int> refuse_absent(const CardSettings& settings) {
    const std::string reason = reason_no_target(settings.target);
    if (reason.empty()) return std::nullopt;
    return report_error({ErrorCode::Unavailable,
                         settings.target.emulation ? reason : reason + "; " + kEmulationHint});
}

std::string kind_of(const CardTarget& target) {
    return target.emulation ? "emulation, not hardware" : "card";
}

nlohmann::json json_of(const CardSettings& settings) {
    nlohmann::json out{{"emulated", settings.target.emulation}};
    if (!settings.target.emulation) out["device"] = settings.target.device;
    return out;
}

int run_list(const CardSettings& settings) {
    const auto cards = offload::find_pci_cards();
    const std::string no_card = reason_no_target({});
    const std::string no_emulation = reason_no_target({.emulation = true});
    if (settings.json) {
        nlohmann::json list = nlohmann::json::array();
        for (const offload::PciCard& card : cards)
            list.push_back({{"address", card.address},
                            {"driver", card.driver},
                            {"ready", card.driver == "xocl"}});
        fmt::print("{}\n", nlohmann::json{{"cards", list},
                                          {"usable", no_card.empty()},
                                          {"reason", no_card},
                                          {"emulation", no_emulation.empty()},
                                          {"emulation_reason", no_emulation}}
                               .dump(2));
        return kExitSuccess;
    }
    if (cards.empty()) {
        fmt::print("no card: {}\n", no_card);
    } else {
        Table table({"address", "driver", "ready"});
        for (const offload::PciCard& card : cards)
            table.add({card.address, card.driver.empty() ? "none" : card.driver,
                       card.driver == "xocl" ? "yes" : "no"});
        fmt::print("{}", table.to_string());
        if (!no_card.empty()) fmt::print("not usable: {}\n", no_card);
    }
    fmt::print("emulation: {}\n", no_emulation.empty() ? "available (--emulation)" : no_emulation);
    return kExitSuccess;
}

/// The sensors of one of XRT's documents, one a line: those that it says are present.
void print_sensors(const nlohmann::json& node, const std::string& described) {
    if (node.is_array()) {
        for (const auto& element : node)
            print_sensors(element, described);
        return;
    }
    if (!node.is_object()) return;
    const auto text_of = [&node](const char* name, const std::string& otherwise) {
        const auto found = node.find(name);
        return found != node.end() && found->is_string() ? found->get<std::string>() : otherwise;
    };
    const std::string description = text_of("description", described);
    const bool present = text_of("is_present", "") == "true";
    for (const auto& [name, value] : node.items()) {
        if (value.is_structured())
            print_sensors(value, description);
        else if (present && value.is_string() && name != "description" && name != "is_present" &&
                 name != "id" && name != "location_id")
            fmt::print("{:<12}  {} {}\n", description, value.get<std::string>(), name);
    }
}

int run_status(const CardSettings& settings) {
    if (const auto refused = refuse_absent(settings)) return *refused;
    const auto properties = card_status(settings.target);
    if (!properties) return report_error(properties.error());
    if (settings.json) {
        nlohmann::json out = json_of(settings);
        for (const offload::CardProperty& property : *properties) {
            // XRT's own documents are passed on as such; one that it garbles, as text.
            const auto document = property.is_json
                                      ? nlohmann::json::parse(property.value, nullptr, false)
                                      : nlohmann::json(property.value);
            out[property.name] =
                document.is_discarded() ? nlohmann::json(property.value) : document;
        }
        fmt::print("{}\n", out.dump(2));
        return kExitSuccess;
    }
    fmt::print("{:<12}  {}\n", "kind", kind_of(settings.target));
    for (const offload::CardProperty& property : *properties) {
        if (!property.is_json) {
            fmt::print("{:<12}  {}\n", property.name, property.value);
            continue;
        }
        const auto document = nlohmann::json::parse(property.value, nullptr, false);
        if (!document.is_discarded()) print_sensors(document, "");
    }
    return kExitSuccess;
}

int run_program(const CardSettings& settings) {
    if (const auto refused = refuse_absent(settings)) return *refused;
    if (!settings.target.emulation && settings.target.xclbin.empty())
        return report_error({ErrorCode::InvalidInput,
                             "name the image: switchyard card program --xclbin FILE.xclbin"});
    const auto image = program(settings.target);
    if (!image) return report_error(image.error());
    if (settings.json) {
        nlohmann::json out = json_of(settings);
        out["image"] = *image;
        fmt::print("{}\n", out.dump(2));
    } else {
        fmt::print("programmed ({}): {}\n", kind_of(settings.target), *image);
    }
    return kExitSuccess;
}

int run_reset(const CardSettings& settings) {
    if (const auto refused = refuse_absent(settings)) return *refused;
    if (const auto done = reset(settings.target); !done) return report_error(done.error());
    if (settings.json)
        fmt::print("{}\n", json_of(settings).dump(2));
    else
        fmt::print("reset ({}){}\n", kind_of(settings.target),
                   settings.target.emulation ? ": a run that hung was ended, and known batches "
                                               "were answered afterwards"
                                             : "; program it before it is used again");
    return kExitSuccess;
}

int run_validate(const CardSettings& settings) {
    if (const auto refused = refuse_absent(settings)) return *refused;
    const auto validation = validate(settings.target, settings.repeats);
    if (!validation) return report_error(validation.error());
    const int exit_code = validation->passed() ? kExitSuccess : kExitFailed;
    if (settings.json) {
        nlohmann::json rows = nlohmann::json::array();
        for (const ValidationRow& row : validation->rows)
            rows.push_back({{"test", row.test},
                            {"transactions", row.transactions},
                            {"lanes", row.lanes},
                            {"batches", row.batches},
                            {"milliseconds", row.milliseconds},
                            {"passed", row.failure.empty()},
                            {"failure", row.failure}});
        nlohmann::json out = json_of(settings);
        out["machine"] = machine_description();
        out["description"] = validation->device;
        out["tests"] = rows;
        if (!validation->left_out.empty()) out["left_out"] = validation->left_out;
        out["passed"] = validation->passed();
        fmt::print("{}\n", out.dump(2));
        return exit_code;
    }
    fmt::print("device  {} ({})\n\n", validation->device, kind_of(settings.target));
    Table table({"test", "transactions", "lanes", "batches", "ms in all", "result"});
    for (const ValidationRow& row : validation->rows)
        table.add({row.test, with_commas(row.transactions), std::to_string(row.lanes),
                   with_commas(row.batches), fmt::format("{:.2f}", row.milliseconds),
                   row.failure.empty() ? good("PASS") : bad("FAIL")});
    fmt::print("{}", table.to_string());
    for (const ValidationRow& row : validation->rows)
        if (!row.failure.empty()) fmt::print("{} {}: {}\n", bad("FAIL"), row.test, row.failure);
    if (!validation->left_out.empty()) fmt::print("left out: {}\n", validation->left_out);
    if (settings.target.emulation)
        fmt::print(
            "Times are those of the emulated device on this machine and say nothing about "
            "a card.\n");
    fmt::print("{}\n", validation->passed() ? good("validated") : bad("not validated"));
    return exit_code;
}

using Run = int (*)(const CardSettings&);

/// A verb with the options that all have.
CLI::App* add_verb(CLI::App& group, const char* name, const char* description,
                   const std::shared_ptr<CardSettings>& settings, Run run, int& exit_code) {
    auto* command = group.add_subcommand(name, description);
    command->add_flag("--json", settings->json, "Print one JSON object");
    command->callback([settings, run, &exit_code] { exit_code = run(*settings); });
    return command;
}

void add_target(CLI::App& command, CardSettings& settings) {
    auto* emulation = command.add_flag("--emulation", settings.target.emulation,
                                       "An emulated device of this process instead of a card");
    command
        .add_option("--device", settings.target.device, "Which card, as XRT counts them, from 0")
        ->capture_default_str()
        ->excludes(emulation);
}

}  // namespace

void add_card_command(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("card", "List, check, program and reset FPGA cards");
    group->require_subcommand(1);
    group->footer(
        "The verbs are those of xbutil. Without a card every one but 'list' ends with exit code 3 "
        "and says why; with\n--emulation they work on an emulated device, which runs the kernel's "
        "C++ behind the same XRT calls.\n'switchyard card VERB --help' explains a verb.");
    const auto settings = std::make_shared<CardSettings>();

    add_verb(*group, "list", "Cards on the PCI bus, and whether XRT can use them", settings,
             run_list, exit_code)
        ->footer("Looks at vendor 0x10ee and the xocl driver; opens no device.");

    auto* status = add_verb(*group, "status", "What a card tells of itself: name, clock, sensors",
                            settings, run_status, exit_code);
    add_target(*status, *settings);

    auto* program = add_verb(*group, "program", "Load an image with our kernel into a card",
                             settings, run_program, exit_code);
    add_target(*program, *settings);
    program->add_option("--xclbin", settings->target.xclbin, "The image");
    program->footer(
        "The image is checked first: it must hold the kernel 'conflict_detector' with the register "
        "map of this build, and not\nbe made for emulation. The card must not be in use.");

    auto* validate = add_verb(*group, "validate",
                              "Let a card plan known batches: a table of PASS "
                              "and FAIL",
                              settings, run_validate, exit_code);
    add_target(*validate, *settings);
    validate->add_option("--xclbin", settings->target.xclbin, "The image to load on the card");
    validate->add_option("--repeats", settings->repeats, "How often each batch is planned")
        ->check(CLI::Range(1u, 100'000u))
        ->capture_default_str();
    validate->footer(
        "Each plan must equal the software detector's bit for bit. On emulation every kind of "
        "fault follows: software must\ngive the plan in the device's place, and the device must "
        "come back; last, the management controller's firmware\nruns in QEMU, where that is "
        "installed, and must reset a device that hangs. Exit codes: 0 all passed, 1 one did "
        "not,\n3 "
        "there is no such device.\n"
        "Example: switchyard card validate --emulation");

    auto* reset =
        add_verb(*group, "reset", "Reset a card that hangs", settings, run_reset, exit_code);
    add_target(*reset, *settings);
    reset->footer("Whatever uses the card loses it, and its memory and image are gone.");

    add_card_firmware(*group, exit_code);
}

}  // namespace switchyard::tool
