// SPDX-License-Identifier: Apache-2.0
#include "tools/appliance/node_folder.hpp"

#include <fmt/format.h>

#include <fstream>

#include "host/node/auth/token.hpp"
#include "host/node/chain/chain.hpp"
#include "host/node/genesis/development.hpp"
#include "tools/appliance/chain_options.hpp"
#include "tools/appliance/ports.hpp"
#include "tools/config/edit.hpp"
#include "tools/config/show.hpp"

namespace switchyard::appliance {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGenesisFile = "genesis.json";

struct Change {
    std::string_view key;
    std::string value;
};

Result<std::string> configuration_text(const NodeFolderRequest& request, const fs::path& folder) {
    std::vector<Change> changes{
        {"node.folder", folder.string()}, {"http.enabled", "true"}, {"admin.enabled", "true"}};
    if (!request.genesis.empty())
        changes.push_back({"node.genesis", (folder / kGenesisFile).string()});
    if (request.interval_ms != 0) {
        changes.push_back({"block.interval", fmt::format("{} ms", request.interval_ms)});
        changes.push_back({"websocket.enabled", "true"});
    } else {
        changes.push_back({"engine.enabled", "true"});
    }
    std::string out = config::example_file();
    for (const Change& change : changes) {
        auto changed = config::set_key(out, change.key, change.value);
        if (!changed) return changed.error();
        out = *std::move(changed);
    }
    return out;
}

Result<void> copy_genesis(const fs::path& from, const fs::path& to) {
    std::error_code error;
    if (fs::equivalent(from, to, error)) return {};
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (error)
        return Error{ErrorCode::Io, fmt::format("{}: cannot be copied to {}: {}", from.string(),
                                                to.string(), error.message())};
    return {};
}

Result<void> write_new(const fs::path& file, std::string_view text) {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    if (!stream) return Error{ErrorCode::Io, file.string() + ": cannot be written"};
    return {};
}

}  // namespace

Result<NodeFolder> make_node_folder(const NodeFolderRequest& request) {
    auto genesis = request.genesis.empty() ? node::development_genesis()
                                           : node::load_genesis(request.genesis.string());
    if (!genesis) return genesis.error();
    std::error_code error;
    const fs::path folder = fs::absolute(request.folder, error).lexically_normal();
    const bool is_new = !fs::exists(folder, error);
    fs::create_directories(folder, error);
    if (error) return Error{ErrorCode::Io, folder.string() + ": " + error.message()};
    if (is_new) fs::permissions(folder, fs::perms::owner_all, error);

    NodeFolder out;
    out.chain_id = genesis->config.chain_id;
    {
        auto chain = node::Chain::open(folder, *std::move(genesis), chain_options_of({}));
        if (!chain) return chain.error();
        out.genesis = (*chain)->genesis()->hash;
        out.head = (*chain)->head()->block->number();
        if (auto same = keep_chain_id(folder, out.chain_id); !same) return same.error();
    }
    if (!request.genesis.empty())
        if (auto done = copy_genesis(request.genesis, folder / kGenesisFile); !done)
            return done.error();
    out.engine_secret = folder / kEngineSecret;
    out.admin_secret = folder / kAdminSecret;
    for (const fs::path& each : {out.engine_secret, out.admin_secret})
        if (const auto made = auth::read_or_create_secret(each.string()); !made)
            return made.error();
    out.configuration = folder / kConfigurationFile;
    out.configuration_is_new = !fs::exists(out.configuration, error);
    if (out.configuration_is_new) {
        const auto text = configuration_text(request, folder);
        if (!text) return text.error();
        if (auto done = write_new(out.configuration, *text); !done) return done.error();
    }
    return out;
}

}  // namespace switchyard::appliance
