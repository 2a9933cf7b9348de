// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// One function for each way in which Solidity lays out what a transaction accesses: what tests of predictions are tried on.
contract Patterns {
    struct Position {
        uint256 amount;
        uint128 low;
        uint128 high;
        uint256 updated;
    }
    struct Order {
        address owner;
        uint256 amount;
    }

    uint96 private packed;                                                  // slot 0, with the next
    address private ledger;
    mapping(address => uint256) private flat;                               // slot 1
    mapping(address => mapping(address => uint256)) private nested;         // slot 2
    mapping(uint256 => mapping(address => mapping(uint256 => uint256))) private deep;  // slot 3
    mapping(address => Position) private positions;                         // slot 4
    uint256[] private list;                                                 // slot 5
    Order[] private pairs;                                                  // slot 6
    uint256 private nextOrder;                                              // slot 7
    mapping(uint256 => Order) private orders;                               // slot 8
    mapping(bytes32 => uint256) private routes;                             // slot 9
    uint256 private total;                                                  // slot 10

    function setFlat(address who, uint256 value) external { flat[who] = value; }
    function setOwn(uint256 value) external { flat[msg.sender] = value; }
    function setNested(address who, uint256 value) external { nested[msg.sender][who] = value; }
    function setDeep(uint256 market, uint256 key, uint256 value) external { deep[market][msg.sender][key] = value; }
    function setPosition(address who, uint256 value) external {
        Position storage position = positions[who];
        position.amount = value;
        position.high = uint128(value);
        position.updated = block.number;
    }
    function setElement(uint256 index, uint256 value) external { list[index] = value; }
    function setPair(uint256 index, uint256 value) external { pairs[index].amount = value; }
    function push(uint256 value) external { list.push(value); }
    function open(uint256 value) external { orders[nextOrder++] = Order(msg.sender, value); }
    function add(uint256 value) external { total += value; }
    /// Calls a contract whose address is packed with another field.
    function forward(address who, uint256 value) external { Patterns(ledger).setFlat(who, value); }
    /// A path as Uniswap v3 has it: token, fee of three bytes, token.
    function route(bytes calldata path, uint256 value) external {
        address a = address(bytes20(path[0:20]));
        uint24 fee = uint24(bytes3(path[20:23]));
        address b = address(bytes20(path[23:43]));
        if (a > b) (a, b) = (b, a);
        routes[keccak256(abi.encode(a, b, fee))] = value;
    }
}

/// A pool of two tokens, and what finds it by its CREATE2 address alone.
contract Pool {
    uint256 private count;
    mapping(address => uint256) private counts;
    function poke(address who) external {
        ++count;
        ++counts[who];
    }
}

contract PoolFinder {
    bytes32 private immutable poolCodeHash = keccak256(type(Pool).creationCode);

    function make(address a, address b) external returns (address) {
        (address low, address high) = a < b ? (a, b) : (b, a);
        return address(new Pool{salt: keccak256(abi.encodePacked(low, high))}());
    }
    function poke(address a, address b) external {
        (address low, address high) = a < b ? (a, b) : (b, a);
        bytes32 salt = keccak256(abi.encodePacked(low, high));
        address pool = address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", address(this), salt, poolCodeHash)))));
        Pool(pool).poke(msg.sender);
    }
}

/// A proxy whose implementation is in the slot of ERC-1967.
contract Proxy {
    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let target := sload(0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc)
            let done := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(done) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
