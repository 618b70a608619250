import { useQuery } from "@tanstack/react-query";
import { Link, lazyRouteComponent, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Menu } from "@/shared/ui/menu";
import { Loaded } from "@/shared/ui/notice";
import { Page, Panel, Tabs } from "@/shared/ui/page";
import { useChange } from "@/shared/ui/use-change";
import { addressInVersion, listFiles, modelQuery, type Version, versionQuery } from "../api/models";
import { AliasBadges, ModelLink } from "../links";
import { Lineage, VERSION_TABS, VersionFiles, VersionOverview } from "./tabs";

const DeleteVersion = lazyRouteComponent(() => import("./delete-version"), "DeleteVersion");
const DeployDialog = lazyRouteComponent(() => import("@/shared/deploy/deploy-dialog"), "DeployDialog");
const MoveAlias = lazyRouteComponent(() => import("../move-alias"), "MoveAlias");

const FROM = "/models/$name/versions/$number";
const TAB_NAMES = { overview: "Overview", files: "Files", lineage: "Lineage" };

export function VersionPage() {
  const { name, number } = useParams({ from: FROM });
  const answer = useQuery(versionQuery(name, Number(number)));
  const model = useQuery(modelQuery(name));
  const [doing, setDoing] = useState<"move" | "deploy" | "delete" | null>(null);
  const close = () => setDoing(null);
  const version = answer.data;
  return (
    <Page
      title={`${name} version ${number}`}
      heading={<h1>Version {number}</h1>}
      crumbs={[
        <Link key="all" to="/models">
          Models
        </Link>,
        <ModelLink key="one" name={name} />,
      ]}
      badges={
        version && (
          <>
            {version.stage !== "None" && <Badge>{version.stage}</Badge>}
            <AliasBadges aliases={version.aliases} />
          </>
        )
      }
      actions={
        model.data && (
          <>
            <Menu
              label="More actions"
              items={[{ label: "Delete…", icon: "trash", onPick: () => setDoing("delete") }]}
            />
            <Button onClick={() => setDoing("deploy")}>Deploy</Button>
            <Button kind="primary" icon="alias" onClick={() => setDoing("move")}>
              Set alias
            </Button>
          </>
        )
      }
    >
      <Tabs label="Parts of the version">
        {VERSION_TABS.map((item) => (
          <Link
            key={item}
            to={FROM}
            params={{ name, number }}
            search={(old) => ({ ...old, tab: item === "overview" ? undefined : item })}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {TAB_NAMES[item]}
          </Link>
        ))}
      </Tabs>
      <Loaded of={answer} lines={12}>
        {version && <VersionTab version={version} />}
      </Loaded>
      <Suspense fallback={null}>
        {doing === "deploy" && <DeployDialog model={name} number={Number(number)} onClose={close} />}
        {doing === "delete" && <DeleteVersion model={name} number={Number(number)} onClose={close} />}
        {doing === "move" && model.data && (
          <MoveAlias model={model.data} version={Number(number)} onClose={close} />
        )}
      </Suspense>
    </Page>
  );
}

function VersionTab({ version }: { version: Version }) {
  const search = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const change = useChange(["model", version.model]);
  if (search.tab === "files") {
    return (
      <Panel title="Files" flush>
        <VersionFiles
          owner={["version", version.model, String(version.number)]}
          path={search.path ?? ""}
          onPath={(path) => void navigate({ search: (old) => ({ ...old, path: path || undefined }) })}
          list={(folder) => listFiles(version, folder)}
          address={(path) => addressInVersion(version, path)}
          empty={<p>This version was registered without files.</p>}
        />
      </Panel>
    );
  }
  if (search.tab === "lineage") return <Lineage version={version} />;
  return <VersionOverview version={version} change={change} />;
}
