// SPDX-License-Identifier: Apache-2.0
#include "tools/config/read_configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tuple>

#include "tools/config/setting.hpp"

namespace switchyard::config {
namespace {

std::string type_name(const TomlEntry& entry) {
    if (std::holds_alternative<bool>(entry.value)) return "true or false";
    if (std::holds_alternative<int64_t>(entry.value)) return "an integer";
    if (std::holds_alternative<std::string>(entry.value)) return "a text";
    if (const auto* other = std::get_if<OtherType>(&entry.value)) return other->name;
    return "an array";
}

std::string wrong_type(const Setting& setting, const TomlEntry& entry) {
    std::string out =
        fmt::format("{} is {}; it takes {}", setting.name, type_name(entry), range_of(setting));
    if (setting.kind == Kind::Duration) out += ", as \"250 ms\"";
    return out;
}

/// The value as the setting has it; an empty message: there is none, for its type.
std::variant<Value, std::string> convert(const Setting& setting, const TomlEntry& entry) {
    const auto* number = std::get_if<int64_t>(&entry.value);
    const auto* text = std::get_if<std::string>(&entry.value);
    switch (setting.kind) {
        case Kind::Switch:
            if (const auto* flag = std::get_if<bool>(&entry.value)) return Value{*flag};
            break;
        case Kind::Count:
        case Kind::Bytes:
            if (number != nullptr && *number < 0)
                return fmt::format("{} is {}, which is not in {}", setting.name, *number,
                                   range_of(setting));
            if (number != nullptr) return Value{static_cast<uint64_t>(*number)};
            if (setting.kind != Kind::Bytes || text == nullptr) break;
            if (const auto bytes = parse_bytes(*text)) return Value{*bytes};
            return fmt::format(
                "{} is \"{}\", which is no size; write it as \"64 MiB\" "
                "(B, KiB, MiB, GiB, TiB)",
                setting.name, *text);
        case Kind::Duration:
            if (text == nullptr) break;
            if (const auto duration = parse_duration(*text)) return Value{*duration};
            return fmt::format(
                "{} is \"{}\", which is no duration; write it as \"250 ms\" "
                "(ms, s, min, h)",
                setting.name, *text);
        case Kind::Text:
        case Kind::Choice:
            if (text != nullptr) return Value{*text};
            break;
        case Kind::Texts:
            if (const auto* texts = std::get_if<std::vector<std::string>>(&entry.value))
                return Value{*texts};
            break;
    }
    return wrong_type(setting, entry);
}

void read_entry(const TomlEntry& entry, Reading& out) {
    const Setting* const setting = find_setting(entry.name);
    if (setting == nullptr) {
        const std::string_view near = nearest_setting(entry.name);
        out.problems.push_back(
            {entry.key, fmt::format("{} is no key{}", entry.name,
                                    near.empty() ? "; `switchyard config explain` lists them all"
                                                 : fmt::format("; did you mean {}?", near))});
        return;
    }
    const auto converted = convert(*setting, entry);
    if (const auto* message = std::get_if<std::string>(&converted)) {
        out.problems.push_back({entry.begin, *message});
        return;
    }
    const Value& value = std::get<Value>(converted);
    if (const auto problem = problem_of(*setting, value)) {
        out.problems.push_back({entry.begin, fmt::format("{}: {}", setting->name, *problem)});
        return;
    }
    setting->set(out.configuration, value);
    out.places.emplace(entry.name, entry.key);
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address.starts_with("localhost:") ||
           address.starts_with("[::1]:");
}

std::string_view port_of(std::string_view address) {
    return address.substr(address.rfind(':') + 1);
}

/// What no single key shows.
class Together {
  public:
    explicit Together(Reading& reading) : reading_(reading), now_(reading.configuration) {}

    void check() {
        check_ingress();
        if (now_.pool.transactions_per_sender > now_.pool.transactions)
            problem("pool.transactions_per_sender", "is more than pool.transactions");
        const auto interval = now_.block.interval;
        if (interval.count() != 0 && interval < std::chrono::milliseconds{100})
            problem("block.interval", "is below 100 ms and not 0");
        check_who_builds();
        check_listeners();
        check_shared_port();
        check_wide_open();
    }

  private:
    void problem(std::string_view name, std::string_view message) {
        add(reading_.problems, name, message);
    }
    void add(std::vector<Problem>& to, std::string_view name, std::string_view message) const {
        const auto found = reading_.places.find(name);
        to.push_back({found == reading_.places.end() ? Place{} : found->second,
                      fmt::format("{} {}", name, message)});
    }

    void check_ingress() {
        if (!now_.ingress.device.empty() && now_.ingress.address.empty())
            problem("ingress.address", "is missing: a device needs an IPv4 address of its own");
    }

    void check_who_builds() {
        const bool by_clock = now_.block.interval.count() != 0;
        if (now_.engine.enabled && by_clock)
            problem("block.interval",
                    "is not 0 and engine.enabled is true: either the clock or a consensus client "
                    "makes blocks");
        if (!now_.engine.enabled && !by_clock)
            add(reading_.warnings, "block.interval",
                "is 0 and engine.enabled is false: nobody makes blocks");
    }

    [[nodiscard]] bool shares_port() const {
        return now_.http.enabled && now_.websocket.enabled &&
               now_.http.address == now_.websocket.address;
    }

    /// One port for both has one set of keys.
    void check_shared_port() {
        if (!shares_port()) return;
        for (const Setting& each : settings()) {
            if (each.table() != "websocket" || !reading_.places.contains(each.name)) continue;
            const Setting* const other = find_setting("http." + std::string(each.key()));
            if (other->get(now_) != each.get(now_))
                problem(each.name, fmt::format("differs from {}, whose port it shares: the keys of "
                                               "[http] hold for both",
                                               other->name));
        }
    }

    void check_listeners() {
        struct Listener {
            std::string_view name;
            bool enabled;
            std::string_view address;
        };
        const std::array<Listener, 4> all{
            {{"http.address", now_.http.enabled, now_.http.address},
             {"websocket.address", now_.websocket.enabled, now_.websocket.address},
             {"engine.address", now_.engine.enabled, now_.engine.address},
             {"admin.address", now_.admin.enabled, now_.admin.address}}};
        for (size_t i = 0; i < all.size(); ++i)
            for (size_t j = 0; j < i; ++j)
                if (all[i].enabled && all[j].enabled && port_of(all[i].address) != "0" &&
                    port_of(all[i].address) == port_of(all[j].address) &&
                    !(shares_port() && i == 1 && j == 0))
                    problem(all[i].name,
                            fmt::format("has the port of {}; each needs its own", all[j].name));
        for (const Listener& each : all)
            if (each.enabled && !is_loopback(each.address))
                add(reading_.warnings, each.name,
                    fmt::format(
                        "is {}: everybody who reaches it may ask; keep a firewall before it",
                        each.address));
    }

    void check_wide_open() {
        for (const auto& [name, section] :
             {std::pair{"http.cors", &now_.http}, std::pair{"websocket.cors", &now_.websocket}})
            if (std::ranges::find(section->cors, "*") != section->cors.end())
                add(reading_.warnings, name, "has \"*\": any page in a browser may ask");
        if (now_.state.sync == "off")
            add(reading_.warnings, "state.sync",
                "is \"off\": a loss of power loses blocks that were acknowledged");
    }

    Reading& reading_;
    const Configuration& now_;
};

}  // namespace

Reading read_configuration(std::string_view text) {
    Reading out;
    const auto parsed = parse_toml(text);
    if (const auto* error = std::get_if<SyntaxError>(&parsed)) {
        out.problems.push_back({error->place, error->message});
        return out;
    }
    const TomlDocument& document = std::get<TomlDocument>(parsed);
    for (const TomlTable& table : document.tables)
        if (std::ranges::find(tables(), table.name, &Table::name) == tables().end())
            out.problems.push_back({table.place, fmt::format("[{}] is no table", table.name)});
    for (const TomlEntry& entry : document.entries)
        read_entry(entry, out);
    if (out.problems.empty()) Together(out).check();
    const auto by_place = [](const Problem& a, const Problem& b) {
        return std::tie(a.place, a.message) < std::tie(b.place, b.message);
    };
    std::ranges::sort(out.problems, by_place);
    std::ranges::sort(out.warnings, by_place);
    return out;
}

Result<std::string> read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               &std::fclose);
    if (file == nullptr)
        return Error{errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                     fmt::format("{}: {}", path, std::strerror(errno))};
    std::string out(kFileBytesMax + 1, '\0');
    out.resize(std::fread(out.data(), 1, out.size(), file.get()));
    if (std::ferror(file.get()) != 0) return Error{ErrorCode::Io, path + ": cannot be read"};
    if (out.size() > kFileBytesMax)
        return Error{ErrorCode::LimitExceeded,
                     fmt::format("{}: larger than {} bytes", path, kFileBytesMax)};
    return out;
}

std::string to_line(const std::string& file, const Problem& problem) {
    if (problem.place.line == 0) return fmt::format("{}: {}", file, problem.message);
    return fmt::format("{}:{}:{}: {}", file, problem.place.line, problem.place.column,
                       problem.message);
}

std::vector<std::string_view> changed_settings(const Configuration& before,
                                               const Configuration& after, bool reloads) {
    std::vector<std::string_view> out;
    for (const Setting& setting : settings())
        if (setting.reloads == reloads && setting.get(before) != setting.get(after))
            out.push_back(setting.name);
    return out;
}

}  // namespace switchyard::config
