import '../styles/workspace.css';
import { LabConsole } from './console/lab-console';
import { LabTerminal } from './terminal/lab-terminal';
import { LabWeb } from './web/lab-web';
import { LabWorkspace } from './workspace/lab-workspace';

customElements.define('lab-console', LabConsole);
customElements.define('lab-terminal', LabTerminal);
customElements.define('lab-web', LabWeb);
customElements.define('lab-workspace', LabWorkspace);
