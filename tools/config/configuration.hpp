// SPDX-License-Identifier: Apache-2.0
// What an operator may say about an appliance, as typed values with their defaults. What each
// means, its unit and its range stand in `settings.cpp`, once.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::config {

struct NodeSection {
    std::string folder = "/var/lib/switchyard";
    std::string genesis;
};

struct IngressSection {
    std::string device;
    std::string address;
    uint16_t udp_port = 30345;
    uint32_t queues = 1;
    std::string lcores = "auto";
    uint64_t per_source = 10'000;
};

struct VerifySection {
    uint32_t batch = 1024;
    uint64_t known_keys = 65'536;
    bool require_replay_protection = false;
};

struct PoolSection {
    uint64_t transactions = 1'000'000;
    uint64_t bytes = uint64_t{1} << 30;
    uint32_t transactions_per_sender = 64;
    uint64_t min_tip = 1;
    uint32_t price_bump = 10;
    std::chrono::milliseconds lifetime = std::chrono::hours{3};
    uint64_t blob_bytes = uint64_t{512} << 20;
};

struct ExecuteSection {
    uint32_t lanes = 32;
    uint32_t threads = 0;
    std::string detector = "software";
    bool look_ahead = false;
    bool learn = true;
};

struct BlockSection {
    std::chrono::milliseconds interval{0};
    uint64_t gas_limit = 60'000'000;
    std::string beneficiary = "0x0000000000000000000000000000000000000000";
    std::string extra_data = "switchyard";
};

struct StateSection {
    uint64_t cache = uint64_t{256} << 20;
    uint64_t changes = uint64_t{256} << 20;
    uint64_t trie_cache = uint64_t{1} << 30;
    uint64_t undo_blocks = 1024;
    std::string sync = "block";
    std::chrono::milliseconds sync_interval{100};
    uint64_t backlog = uint64_t{1} << 30;
};

/// A port that JSON-RPC comes in by.
struct RpcSection {
    bool enabled = false;
    std::string address{};
    std::vector<std::string> apis{};
    std::vector<std::string> cors{};
    std::vector<std::string> hosts = {"localhost"};
    uint32_t connections = 1'024;
    uint64_t body = uint64_t{5} << 20;
    uint32_t batch = 1'000;
    uint32_t rate = 10'000;
    std::chrono::milliseconds timeout = std::chrono::seconds{30};
};

struct EngineSection {
    bool enabled = false;
    std::string address = "127.0.0.1:8551";
    std::string secret;
};

/// Off without a URL.
struct ForwardSection {
    std::string url;
    uint64_t transactions = 65'536;
    uint64_t bytes = uint64_t{64} << 20;
    uint32_t batch = 256;
    std::chrono::milliseconds timeout = std::chrono::seconds{5};
    std::chrono::milliseconds lifetime = std::chrono::minutes{10};
};

struct AdminSection {
    bool enabled = false;
    std::string address = "127.0.0.1:9545";
    std::string secret;
};

struct LogSection {
    std::string level = "info";
    std::string format = "text";
};

struct Configuration {
    NodeSection node;
    IngressSection ingress;
    VerifySection verify;
    PoolSection pool;
    ExecuteSection execute;
    BlockSection block;
    StateSection state;
    RpcSection http{.address = "127.0.0.1:8545", .apis = {"eth", "net", "web3"}};
    RpcSection websocket{.address = "127.0.0.1:8546", .apis = {"eth", "net", "web3"}};
    EngineSection engine;
    ForwardSection forward;
    AdminSection admin;
    LogSection log;
};

}  // namespace switchyard::config
