// SPDX-License-Identifier: Apache-2.0
#include "host/node/rpc/method.hpp"

#include <algorithm>

#include "host/core/assert.hpp"

namespace switchyard::rpc {

Params::Params(json::Element array) : array_(array), size_(array.is_array() ? array.size() : 0) {}

json::Element Params::at(size_t index) const {
    if (index >= size_) return {};
    auto at = array_.elements().begin();
    for (size_t i = 0; i < index; ++i)
        ++at;
    return *at;
}

std::string_view namespace_of(std::string_view method) {
    return method.substr(0, std::min(method.find('_'), method.size()));
}

void MethodTable::add(std::string name, Handler handler) {
    SWITCHYARD_ASSERT(namespace_of(name).size() < name.size());
    Method method{name, std::move(handler), {}};
    const bool added = methods_.emplace(std::move(name), std::move(method)).second;
    SWITCHYARD_ASSERT(added);
}

void MethodTable::add_batch(std::string name, BatchHandler handler) {
    SWITCHYARD_ASSERT(namespace_of(name).size() < name.size());
    Method method{name, {}, std::move(handler)};
    const bool added = methods_.emplace(std::move(name), std::move(method)).second;
    SWITCHYARD_ASSERT(added);
}

const Method* MethodTable::find(std::string_view name) const {
    const auto found = methods_.find(name);
    return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::string_view> MethodTable::names() const {
    std::vector<std::string_view> out;
    for (const auto& [name, method] : methods_)
        out.push_back(name);
    return out;
}

std::vector<std::string_view> MethodTable::namespaces() const {
    std::vector<std::string_view> out;
    for (const auto& [name, method] : methods_)
        if (out.empty() || out.back() != namespace_of(name)) out.push_back(namespace_of(name));
    return out;
}

MethodTable MethodTable::subset(std::span<const std::string> namespaces) const {
    MethodTable out;
    for (const auto& [name, method] : methods_) {
        const bool wanted = std::ranges::find(namespaces, namespace_of(name)) != namespaces.end();
        if (wanted) out.methods_.emplace(name, method);
    }
    out.add_modules_method();
    return out;
}

void MethodTable::add_modules_method() {
    std::vector<std::string> modules;
    for (const std::string_view name : namespaces())
        if (name != "rpc") modules.emplace_back(name);
    modules.emplace_back("rpc");
    methods_.erase("rpc_modules");
    add("rpc_modules", [modules](const Params&, Context&, json::Writer& result) -> Failure {
        result.begin_object();
        for (const std::string& module : modules)
            result.member_string(module, "1.0");
        result.end_object();
        return {};
    });
}

}  // namespace switchyard::rpc
