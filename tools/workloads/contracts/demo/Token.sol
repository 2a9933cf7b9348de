// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// The ERC-20 token of the demo: a fixed supply that the genesis block puts into `balanceOf`.
contract Token {
    string public constant name = "Switchyard Demo";
    string public constant symbol = "YARD";
    uint8 public constant decimals = 18;

    uint256 public totalSupply;                                              // slot 0
    mapping(address => uint256) public balanceOf;                            // slot 1
    mapping(address => mapping(address => uint256)) public allowance;        // slot 2

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        _transfer(from, to, value);
        return true;
    }

    function _transfer(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
