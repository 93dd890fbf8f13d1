package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// serveAll binds every address before it returns, then serves in the background.
func serveAll(kind string, addrs []string) {
	for _, a := range addrs {
		expanded, err := expand(a)
		if err != nil {
			fatal(err)
		}
		for _, addr := range expanded {
			if err := serveOne(kind, addr); err != nil {
				fatal(err)
			}
		}
	}
}

func serveOne(kind, addr string) error {
	if kind == "udp" {
		c, err := net.ListenPacket("udp4", addr)
		if err != nil {
			return err
		}
		fmt.Println("udp on", c.LocalAddr())
		return serveUDP(c.(*net.UDPConn))
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println(kind, "on", l.Addr())
	if kind == "http" {
		go serveHTTP(l)
	} else {
		go serveTCP(l)
	}
	return nil
}

// expand turns PORT, :PORT, IP:PORT, each with an optional range, into addresses.
func expand(a string) ([]string, error) {
	host, ports := "", a
	if i := strings.LastIndexByte(a, ':'); i >= 0 {
		host, ports = strings.Trim(a[:i], "[]"), a[i+1:]
	}
	low, high, ranged := strings.Cut(ports, "-")
	if !ranged {
		high = low
	}
	from, err1 := strconv.ParseUint(low, 10, 16)
	to, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || from == 0 || to < from {
		return nil, fmt.Errorf("%q is no address: PORT, :PORT or IP:PORT, PORT may be a range", a)
	}
	var out []string
	for p := from; p <= to; p++ {
		out = append(out, net.JoinHostPort(host, strconv.FormatUint(p, 10)))
	}
	return out, nil
}

func serveTCP(l net.Listener) {
	name, _ := os.Hostname()
	for {
		c, err := l.Accept()
		if err != nil { // out of descriptors, or reset before we got to it
			fmt.Fprintln(os.Stderr, "accept:", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go func() {
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Second))
			fmt.Fprintf(c, "hello from %s to %s\n", name, c.RemoteAddr())
			// Closing with unread input would reset the connection and lose the line.
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, io.LimitReader(c, 1<<16))
		}()
	}
}

// serveUDP answers from the address the packet was sent to: a host has several,
// and a reply from another one would never reach a connected socket.
func serveUDP(c *net.UDPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var optErr error
	if err := raw.Control(func(fd uintptr) {
		optErr = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_PKTINFO, 1)
	}); err != nil {
		return err
	}
	if optErr != nil {
		return optErr
	}
	dns := c.LocalAddr().(*net.UDPAddr).Port == 53
	go func() {
		buf, oob := make([]byte, 65536), make([]byte, 128)
		for {
			n, oobn, _, from, err := c.ReadMsgUDP(buf, oob)
			if err != nil {
				if errors.Is(err, net.ErrClosed) {
					return
				}
				fmt.Fprintln(os.Stderr, "udp:", err)
				time.Sleep(10 * time.Millisecond)
				continue
			}
			if dns {
				if n < 12 || buf[2]&0x80 != 0 {
					continue // no query
				}
				buf[2] |= 0x80 // QR: the query comes back as an empty answer
			}
			// struct in_pktinfo follows the header; interface 0 lets routing choose.
			if oobn >= syscall.CmsgLen(12) {
				clear(oob[syscall.CmsgLen(0):][:4])
			}
			c.WriteMsgUDP(buf[:n], oob[:oobn], from)
		}
	}()
	return nil
}

const metadata = "ami-id\nhostname\niam/\ninstance-id\nlocal-ipv4\n"

func serveHTTP(l net.Listener) {
	name, _ := os.Hostname()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "hello from %s, you asked for %s\n", name, r.URL.Path)
	})
	mux.HandleFunc("/latest/meta-data/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, metadata)
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 10 * time.Second}
	fatal(s.Serve(l))
}
