"""`chorus brand`: brands, members, sign-in links and machine tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.api.types.v1 import access_pb2
from chorus.cli.reach import AsJson, BrandId, Data, reach
from chorus.cli.terminal import out, show, table, told_plainly

app = typer.Typer(no_args_is_help=True, help="Brands, their members and machine tokens.")
ROLES = ("viewer", "curator", "rights-manager", "admin")
RoleName = Annotated[str, typer.Option("--role", help=" | ".join(ROLES))]


def role(name: str) -> access_pb2.Role.ValueType:
    """Read a role as people write it."""
    if name not in ROLES:
        message = f"choose one of {', '.join(ROLES)}"
        raise typer.BadParameter(message)
    return access_pb2.Role.Value("ROLE_" + name.upper().replace("-", "_"))


@app.command()
def create(
    brand: BrandId,
    data: Data,
    name: Annotated[str, typer.Option(help="The name that people see.")],
    admin: Annotated[str, typer.Option(help="E-mail address of the first admin.")] = "",
    admin_name: Annotated[str, typer.Option(help="That admin's name.")] = "",
    accent: Annotated[str, typer.Option(help="Colour as #rrggbb.")] = "",
    home_page: Annotated[str, typer.Option(help="Address of the brand's page.")] = "",
    json: AsJson = False,
) -> None:
    """Create a brand."""
    with told_plainly():
        request = pb.CreateBrandRequest(
            brand=brand,
            display_name=name,
            admin_email=admin,
            admin_name=admin_name,
            accent=accent,
            home_page=home_page,
        )
        show(BrandsStub(reach(data).channel("brands")).CreateBrand(request), as_json=json)


@app.command("list")
def list_brands(data: Data, json: AsJson = False) -> None:
    """List all brands."""
    with told_plainly():
        found = BrandsStub(reach(data).channel("brands")).ListBrands(pb.ListBrandsRequest(page_size=100)).brands
        rows = [(each.brand, each.display_name, each.home_page) for each in found]
        table(["brand", "name", "page"], rows, found, as_json=json)


@app.command()
def member(
    brand: BrandId,
    email: Annotated[str, typer.Argument(help="The member's e-mail address.")],
    data: Data,
    role_name: RoleName = "curator",
    name: Annotated[str, typer.Option(help="The member's name.")] = "",
    json: AsJson = False,
) -> None:
    """Add a member, or change a member's role."""
    with told_plainly():
        request = pb.SetMemberRequest(brand=brand, email=email, display_name=name, role=role(role_name))
        show(BrandsStub(reach(data).channel("brands")).SetMember(request), as_json=json)


@app.command()
def members(brand: BrandId, data: Data, json: AsJson = False) -> None:
    """List a brand's members."""
    with told_plainly():
        request = pb.ListMembersRequest(brand=brand, page_size=100)
        found = BrandsStub(reach(data).channel("brands")).ListMembers(request).members
        rows = [(each.email, each.display_name, ROLES[each.role - 1]) for each in found]
        table(["e-mail", "name", "role"], rows, found, as_json=json)


@app.command("remove-member")
def remove_member(brand: BrandId, email: str, data: Data) -> None:
    """Remove a member."""
    with told_plainly():
        BrandsStub(reach(data).channel("brands")).RemoveMember(pb.RemoveMemberRequest(brand=brand, email=email))


@app.command("sign-in")
def sign_in(email: Annotated[str, typer.Argument(help="A member's e-mail address.")], data: Data) -> None:
    """Print a one-time sign-in link for a member, good for ten minutes."""
    with told_plainly():
        found = reach(data)
        answer = BrandsStub(found.channel("brands")).CreateSignIn(pb.CreateSignInRequest(email=email))
        out.print(f"{found.console}/sign-in?code={answer.code}", markup=False)


@app.command()
def token(
    brand: BrandId,
    data: Data,
    title: Annotated[str, typer.Option(help="Which machine this is for.")],
    role_name: RoleName = "viewer",
    json: AsJson = False,
) -> None:
    """Make a machine token; its secret is printed once."""
    with told_plainly():
        request = pb.CreateMachineTokenRequest(brand=brand, title=title, role=role(role_name))
        show(BrandsStub(reach(data).channel("brands")).CreateMachineToken(request), as_json=json)


@app.command("revoke-token")
def revoke_token(brand: BrandId, machine_token: str, data: Data) -> None:
    """Revoke a machine token."""
    with told_plainly():
        request = pb.RevokeMachineTokenRequest(brand=brand, machine_token=machine_token)
        BrandsStub(reach(data).channel("brands")).RevokeMachineToken(request)
