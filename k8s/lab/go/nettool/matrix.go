package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// matrix is the yardstick of the end-to-end tests: it shares no code with
// the scanner, and asks the kernel with plain system calls only.

const (
	stOpen         = "open"
	stClosed       = "closed"
	stRejected     = "rejected-icmp"
	stFiltered     = "filtered"
	stUnreachable  = "unreachable"
	stOpenFiltered = "open-filtered"
	stError        = "error"
)

type cell struct {
	proto string
	ip    netip.Addr
	port  uint16
	state string
	err   error
}

func matrix(args []string) {
	fs := flag.NewFlagSet("matrix", flag.ExitOnError)
	timeout := fs.Duration("timeout", time.Second, "how long one try waits")
	tries := fs.Int("tries", 2, "tries before silence counts")
	parallel := fs.Int("parallel", 200, "cells tried at once")
	fs.Parse(args)
	if fs.NArg() > 0 || *timeout <= 0 || *tries < 1 || *parallel < 1 {
		fatal(errors.New(usage))
	}
	cells, err := readCells(os.Stdin)
	if err != nil {
		fatal(err)
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, *parallel)
	for i := range cells {
		slots <- struct{}{}
		wg.Add(1)
		go func(c *cell) {
			defer wg.Done()
			c.run(*timeout, *tries)
			<-slots
		}(&cells[i])
	}
	wg.Wait()
	out := bufio.NewWriter(os.Stdout)
	for _, c := range cells {
		fmt.Fprintf(out, "%s %s %d %s\n", c.proto, c.ip, c.port, c.state)
		if c.err != nil {
			fmt.Fprintf(os.Stderr, "%s %s %d: %v\n", c.proto, c.ip, c.port, c.err)
		}
	}
	if err := out.Flush(); err != nil {
		fatal(err)
	}
}

func readCells(r io.Reader) ([]cell, error) {
	var cells []cell
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		if len(f) == 0 {
			continue
		}
		if len(f) != 3 || (f[0] != "tcp" && f[0] != "udp") {
			return nil, fmt.Errorf("line %d: want tcp|udp IP PORT, got %q", n, lines.Text())
		}
		ip, err := netip.ParseAddr(f[1])
		if err != nil || !ip.Is4() {
			return nil, fmt.Errorf("line %d: %q is no IPv4 address", n, f[1])
		}
		port, err := strconv.ParseUint(f[2], 10, 16)
		if err != nil || port == 0 {
			return nil, fmt.Errorf("line %d: %q is no port", n, f[2])
		}
		cells = append(cells, cell{proto: f[0], ip: ip, port: uint16(port)})
	}
	return cells, lines.Err()
}

// run tries until something other than silence comes back.
func (c *cell) run(timeout time.Duration, tries int) {
	for range tries {
		if c.proto == "tcp" {
			c.state, c.err = tryTCP(c.ip, c.port, timeout)
		} else {
			c.state, c.err = tryUDP(c.ip, c.port, timeout)
		}
		if c.state != stFiltered && c.state != stOpenFiltered {
			return
		}
	}
}

// open gives a nonblocking socket with its error queue on, and its connect's outcome.
func open(kind int, ip netip.Addr, port uint16) (fd int, conn error, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, kind|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, nil, err
	}
	if err = syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, syscall.IP_RECVERR, 1); err != nil {
		syscall.Close(fd)
		return -1, nil, err
	}
	return fd, syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(port), Addr: ip.As4()}), nil
}

func tryTCP(ip netip.Addr, port uint16, timeout time.Duration) (string, error) {
	fd, conn, err := open(syscall.SOCK_STREAM, ip, port)
	if err != nil {
		return stError, err
	}
	defer syscall.Close(fd)
	if conn == syscall.EINPROGRESS || conn == syscall.EINTR {
		ready, err := poll(fd, pollOut, timeout)
		if err != nil {
			return stError, err
		}
		if ready == 0 {
			return stFiltered, nil
		}
		conn = soError(fd)
	}
	icmp, found := errorQueue(fd)
	if conn == nil && !found {
		return stOpen, nil
	}
	if found && icmp.refusal() {
		return stRejected, nil
	}
	switch conn {
	case syscall.ECONNREFUSED, syscall.ECONNRESET:
		return stClosed, nil
	case syscall.ETIMEDOUT:
		return stFiltered, nil
	}
	if found || unreachable(conn) {
		return stUnreachable, nil
	}
	return stError, conn
}

func tryUDP(ip netip.Addr, port uint16, timeout time.Duration) (string, error) {
	fd, conn, err := open(syscall.SOCK_DGRAM, ip, port)
	if err != nil {
		return stError, err
	}
	defer syscall.Close(fd)
	if conn == nil {
		payload := []byte("ping")
		if port == 53 {
			payload = dnsQuery
		}
		_, conn = syscall.Write(fd, payload)
	}
	if conn == nil {
		ready, err := poll(fd, pollIn, timeout)
		if err != nil {
			return stError, err
		}
		if ready == 0 {
			return stOpenFiltered, nil
		}
		if ready&pollIn != 0 {
			return stOpen, nil
		}
		conn = soError(fd)
	}
	if icmp, found := errorQueue(fd); found {
		switch {
		case icmp.typ == 3 && icmp.code == 3 && icmp.from == ip:
			return stClosed, nil
		case icmp.refusal():
			return stRejected, nil
		}
		return stUnreachable, nil
	}
	if unreachable(conn) {
		return stUnreachable, nil
	}
	return stError, conn
}

func unreachable(err error) bool {
	switch err {
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EACCES, syscall.EHOSTDOWN, syscall.ENONET:
		return true
	}
	return false
}

func soError(fd int) error {
	n, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err != nil {
		return err
	}
	if n != 0 {
		return syscall.Errno(n)
	}
	return nil
}

const (
	pollIn  = 0x1
	pollOut = 0x4
)

// poll waits for events, an error or the end of the time (0).
func poll(fd int, events int16, timeout time.Duration) (int16, error) {
	p := struct {
		fd              int32
		events, revents int16
	}{int32(fd), events, 0}
	end := time.Now().Add(timeout)
	for {
		ts := syscall.NsecToTimespec(max(0, time.Until(end)).Nanoseconds())
		n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
		switch {
		case errno == syscall.EINTR: // the Go runtime sends its threads signals
			continue
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, nil
		}
		return p.revents, nil
	}
}

type icmpError struct {
	typ, code byte
	from      netip.Addr
}

// refusal tells what a firewall sends from what a router says of a dead end.
func (e icmpError) refusal() bool {
	if e.typ != 3 {
		return false
	}
	switch e.code {
	case 2, 3, 9, 10, 13:
		return true
	}
	return false
}

// errorQueue gives the first ICMP message in a socket's error queue.
func errorQueue(fd int) (icmpError, bool) {
	for {
		oob := make([]byte, 512)
		_, n, _, _, err := syscall.Recvmsg(fd, make([]byte, 64), oob, syscall.MSG_ERRQUEUE|syscall.MSG_DONTWAIT)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return icmpError{}, false
		}
		msgs, err := syscall.ParseSocketControlMessage(oob[:n])
		if err != nil {
			return icmpError{}, false
		}
		for _, m := range msgs {
			// struct sock_extended_err, 16 bytes, then the sender as a sockaddr_in
			const originICMP = 2
			d := m.Data
			if m.Header.Level == syscall.IPPROTO_IP && m.Header.Type == syscall.IP_RECVERR && len(d) >= 24 && d[4] == originICMP {
				return icmpError{typ: d[5], code: d[6], from: netip.AddrFrom4([4]byte(d[20:24]))}, true
			}
		}
	}
}

// dnsQuery asks for the A record of kubernetes.default.svc.cluster.local.
var dnsQuery = []byte("\x4c\x61\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" +
	"\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01")
