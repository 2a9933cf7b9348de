// SPDX-License-Identifier: Apache-2.0
#include "dataplane/client/switchyard_client.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <new>

#include "dataplane/client/udp_client.hpp"

using switchyard::BytesView;
using switchyard::Error;
using switchyard::ErrorCode;
using switchyard::dataplane::TransactionResult;
using switchyard::dataplane::UdpClient;
using switchyard::dataplane::UdpClientConfig;

static_assert(SWITCHYARD_TRANSACTION_BYTES_MAX == switchyard::kTransactionBytesMax);

struct switchyard_client {
    std::unique_ptr<UdpClient> client;
    std::string message;
};

namespace {

int code_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::InvalidInput:
            return SWITCHYARD_INVALID;
        case ErrorCode::NotFound:
        case ErrorCode::Unavailable:
            return SWITCHYARD_UNAVAILABLE;
        case ErrorCode::Timeout:
            return SWITCHYARD_TIMEOUT;
        case ErrorCode::Unsupported:
            return SWITCHYARD_UNSUPPORTED;
        default:
            return SWITCHYARD_FAILED;
    }
}

void say(const std::string& text, char* message, size_t message_bytes) {
    if (message != nullptr && message_bytes != 0)
        std::snprintf(message, message_bytes, "%s", text.c_str());
}

UdpClientConfig config_of(const switchyard_client_options& options) {
    UdpClientConfig out;
    if (options.host != nullptr) out.host = options.host;
    if (options.port != 0) out.port = options.port;
    if (options.window != 0) out.session.window = options.window;
    if (options.group_data != 0) out.session.group.data = options.group_data;
    out.session.group.parity = options.group_parity;
    if (options.patience_ms != 0)
        out.session.patience_ns = uint64_t{options.patience_ms} * 1'000'000;
    return out;
}

/// The border of the library: nothing is thrown across it.
template <typename Call>
int guarded(const Call& call) {
    try {
        return call();
    } catch (const std::exception&) {
        return SWITCHYARD_FAILED;
    }
}

}  // namespace

int switchyard_client_open(const switchyard_client_options* options, switchyard_client** out,
                           char* message, size_t message_bytes) {
    if (options == nullptr || out == nullptr) return SWITCHYARD_INVALID;
    *out = nullptr;
    return guarded([&] {
        auto opened = UdpClient::open(config_of(*options));
        if (!opened) {
            say(opened.error().message, message, message_bytes);
            return code_of(opened.error());
        }
        *out = new switchyard_client{std::move(*opened), {}};
        return int{SWITCHYARD_OK};
    });
}

int switchyard_client_submit(switchyard_client* client, const uint8_t* transaction, size_t bytes,
                             const uint8_t* sender, uint64_t* number) {
    if (client == nullptr || transaction == nullptr || number == nullptr) return SWITCHYARD_INVALID;
    return guarded([&] {
        const BytesView hint = sender != nullptr ? BytesView{sender, 20} : BytesView{};
        const auto submitted = client->client->submit({transaction, bytes}, hint);
        if (!submitted) {
            client->message = submitted.error().message;
            return code_of(submitted.error());
        }
        if (!*submitted) return int{SWITCHYARD_WINDOW_FULL};
        *number = **submitted;
        return int{SWITCHYARD_OK};
    });
}

int switchyard_client_wait(switchyard_client* client, switchyard_client_result* results,
                           size_t capacity, uint32_t timeout_ms) {
    if (client == nullptr || results == nullptr || capacity == 0) return SWITCHYARD_INVALID;
    return guarded([&] {
        std::array<TransactionResult, 1'024> some;
        const size_t most = std::min(capacity, some.size());
        const auto count = client->client->wait(std::span{some}.first(most),
                                                std::chrono::milliseconds(timeout_ms));
        if (!count) {
            client->message = count.error().message;
            return code_of(count.error());
        }
        for (size_t i = 0; i < *count; ++i)
            results[i] = {.number = some[i].number,
                          .verdict = static_cast<uint8_t>(some[i].verdict)};
        return static_cast<int>(*count);
    });
}

size_t switchyard_client_outstanding(const switchyard_client* client) {
    return client == nullptr ? 0 : client->client->outstanding();
}

const char* switchyard_client_message(const switchyard_client* client) {
    return client == nullptr ? "" : client->message.c_str();
}

void switchyard_client_close(switchyard_client* client) {
    delete client;
}

const char* switchyard_verdict_name(uint8_t verdict) {
    return switchyard::dataplane::verdict_name(static_cast<switchyard::Verdict>(verdict));
}
