// SPDX-License-Identifier: Apache-2.0
// A heap whose elements know where they stand, so that any of them can be taken out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace switchyard {

/// The place of an element that is in no heap.
inline constexpr uint32_t kNoPlace = UINT32_MAX;

/// A 4-ary heap of small nodes (Johnson, Priority queues with update and finding minimum spanning
/// trees, 1975): half the levels of a binary one, and children that share a cache line. `Before`
/// tells whether a node stands above another; `Placed` is told where each node comes to stand.
/// Every operation but `top` costs O(log n). At most 2^32 - 2 nodes.
template <typename Node, typename Before, typename Placed>
class IndexedHeap {
  public:
    IndexedHeap(Before before, Placed placed)
        : before_(std::move(before)), placed_(std::move(placed)) {}

    [[nodiscard]] bool empty() const { return nodes_.empty(); }
    [[nodiscard]] size_t size() const { return nodes_.size(); }
    /// Precondition: not empty.
    [[nodiscard]] const Node& top() const { return nodes_.front(); }

    void push(const Node& node) {
        nodes_.push_back(node);
        rise(nodes_.size() - 1, node);
    }
    /// Takes the node at `place` out, and tells it `kNoPlace`.
    void remove(uint32_t place) {
        placed_(nodes_[place], kNoPlace);
        const Node last = nodes_.back();
        nodes_.pop_back();
        if (place == nodes_.size()) return;
        if (place > 0 && before_(last, nodes_[(place - 1) / kArity]))
            rise(place, last);
        else
            sink(place, last);
    }
    void pop() { remove(0); }

  private:
    static constexpr size_t kArity = 4;

    void put(size_t place, const Node& node) {
        nodes_[place] = node;
        placed_(node, static_cast<uint32_t>(place));
    }
    void rise(size_t place, const Node node) {
        while (place > 0) {
            const size_t parent = (place - 1) / kArity;
            if (!before_(node, nodes_[parent])) break;
            put(place, nodes_[parent]);
            place = parent;
        }
        put(place, node);
    }
    void sink(size_t place, const Node node) {
        for (;;) {
            const size_t first = place * kArity + 1;
            if (first >= nodes_.size()) break;
            const size_t end = first + kArity < nodes_.size() ? first + kArity : nodes_.size();
            size_t best = first;
            for (size_t child = first + 1; child < end; ++child)
                if (before_(nodes_[child], nodes_[best])) best = child;
            if (!before_(nodes_[best], node)) break;
            put(place, nodes_[best]);
            place = best;
        }
        put(place, node);
    }

    std::vector<Node> nodes_;
    Before before_;
    Placed placed_;
};

}  // namespace switchyard
