//! Joining a multicast group: IGMP (RFC 3376) and MLD (RFC 3810) are the system's, told through socket options.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::io;

use oneroof_config::types::{Interface, Multicast};
use oneroof_ports::SourceError;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;

use crate::pipe::failed;

/// A socket on an address that several programs of this machine may take for their groups, which hears only the
/// groups that it joined itself.
pub(crate) fn bind(listen: SocketAddr) -> io::Result<UdpSocket> {
    let domain = Domain::for_address(listen);
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    if listen.is_ipv4() {
        #[cfg(target_os = "linux")]
        socket.set_multicast_all_v4(false)?;
    } else {
        socket.set_only_v6(true)?;
        #[cfg(target_os = "linux")]
        socket.set_multicast_all_v6(false)?;
    }
    socket.bind(&listen.into())?;
    UdpSocket::from_std(socket.into())
}

/// Joins the group.
///
/// # Errors
/// Where there is no such interface, or the system does not let us join.
pub(crate) fn join(socket: &UdpSocket, config: &Multicast) -> Result<(), SourceError> {
    member(socket, config, Step::Join).map_err(|e| join_error(config, &e))
}

/// Leaves the group and joins it again, so that the network is told anew.
///
/// # Errors
/// Where it cannot be joined any more.
pub(crate) fn rejoin(socket: &UdpSocket, config: &Multicast) -> Result<(), SourceError> {
    // An interface that went away took the membership with it: leaving fails then, and joining is what counts.
    if let Err(error) = member(socket, config, Step::Leave) {
        tracing::debug!(group = %config.group, %error, "the group was left already");
    }
    join(socket, config)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Join,
    Leave,
}

fn member(socket: &UdpSocket, config: &Multicast, step: Step) -> io::Result<()> {
    let socket = SockRef::from(socket);
    match (config.group.0, config.source) {
        (IpAddr::V4(group), Some(source)) => {
            let interface = match config.interface {
                Some(Interface::Address(IpAddr::V4(address))) => address,
                _ => Ipv4Addr::UNSPECIFIED,
            };
            match step {
                Step::Join => socket.join_ssm_v4(&source, &group, &interface),
                Step::Leave => socket.leave_ssm_v4(&source, &group, &interface),
            }
        }
        (IpAddr::V4(group), None) => {
            let interface = match &config.interface {
                Some(Interface::Address(IpAddr::V4(address))) => {
                    InterfaceIndexOrAddress::Address(*address)
                }
                Some(Interface::Name(name)) => InterfaceIndexOrAddress::Index(index(name)?),
                _ => InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED),
            };
            match step {
                Step::Join => socket.join_multicast_v4_n(&group, &interface),
                Step::Leave => socket.leave_multicast_v4_n(&group, &interface),
            }
        }
        (IpAddr::V6(group), _) => {
            // 0: the system chooses.
            let interface = match &config.interface {
                Some(Interface::Name(name)) => index(name)?,
                _ => 0,
            };
            match step {
                Step::Join => socket.join_multicast_v6(&group, interface),
                Step::Leave => socket.leave_multicast_v6(&group, interface),
            }
        }
    }
}

/// The system's number of an interface (Linux: a file of the kernel, made when read).
fn index(name: &str) -> io::Result<u32> {
    let place = format!("/sys/class/net/{name}/ifindex");
    let none = || io::Error::new(io::ErrorKind::NotFound, format!("no interface {name}"));
    let text = std::fs::read_to_string(place).map_err(|_not_there| none())?;
    text.trim().parse().map_err(|_no_number| none())
}

fn join_error(config: &Multicast, error: &io::Error) -> SourceError {
    let on = match &config.interface {
        Some(interface) => format!(" on {interface}"),
        None => String::new(),
    };
    let detail = format!("{}{on}: {error}", config.group);
    failed("multicast.join", detail)
}
